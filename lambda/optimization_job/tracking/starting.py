"""Starts the execution that follows a run of a job."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from ..errors import API_ERRORS, CallError
from .tracker import Tracker, log_tracker


def start_tracker(client: Any, state_machine_arn: str, function_arn: str, tracker: Tracker) -> None:
    """Starts a tracker. One that was started for this run before is found, and nothing else happens.

    Raises:
        CallError: Step Functions did not start it, or did not say that it did.
    """
    execution = {
        "FunctionName": function_arn,
        "Request": {},
        "Now": {"Step": "track", "State": {"Tracker": tracker.as_state()}},
        "Error": {},
    }
    try:
        client.start_execution(
            stateMachineArn=state_machine_arn,
            name=execution_name(tracker),
            input=json.dumps(execution, sort_keys=True),
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ExecutionAlreadyExists":
            raise CallError.of(error, "StartExecution") from error
        log_tracker("tracked already", tracker)
    except API_ERRORS as error:
        raise CallError.of(error, "StartExecution") from error
    else:
        log_tracker("track", tracker, handovers=tracker.handovers)


def execution_name(tracker: Tracker) -> str:
    """At most 80 characters: a job's name has at most 63."""
    created = int(datetime.fromisoformat(tracker.run).timestamp())
    number = f"-{tracker.handovers}" if tracker.handovers else ""
    return f"{tracker.job_name}-{created}{number}"
