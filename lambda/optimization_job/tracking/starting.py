"""Starts the execution that follows a run of a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..step_executions import start_step
from .tracker import Tracker, log_tracker


def start_tracker(client: Any, state_machine_arn: str, function_arn: str, tracker: Tracker) -> None:
    """Starts a tracker. One that was started for this run before is found, and nothing else happens.

    Raises:
        CallError: Step Functions did not start it, or did not say that it did.
    """
    name, state = execution_name(tracker), {"Tracker": tracker.as_state()}
    if start_step(client, state_machine_arn, function_arn, name, "track", state):
        log_tracker("track", tracker, handovers=tracker.handovers)
    else:
        log_tracker("tracked already", tracker)


def execution_name(tracker: Tracker) -> str:
    """At most 80 characters: a job's name has at most 63."""
    created = int(datetime.fromisoformat(tracker.run).timestamp())
    number = f"-{tracker.handovers}" if tracker.handovers else ""
    return f"{tracker.job_name}-{created}{number}"
