"""Starts executions that begin with a step of their own, and have no request."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from .errors import API_ERRORS, CallError


def start_step(
    client: Any, state_machine_arn: str, function_arn: str, name: str, step: str, state: dict[str, Any]
) -> bool:
    """Starts an execution. Step Functions starts only one of a name.

    Args:
        client: the client of Step Functions.
        state_machine_arn: the provider's state machine.
        function_arn: the function's own ARN.
        name: the name of the execution.
        step: its first step.
        state: the state of the step.

    Returns:
        False if it was started before.

    Raises:
        CallError: Step Functions did not start it, or did not say that it did.
    """
    execution = {
        "FunctionName": function_arn,
        "Request": {},
        "Now": {"Step": step, "State": state},
        "Error": {},
    }
    document = json.dumps(execution, sort_keys=True)
    try:
        client.start_execution(stateMachineArn=state_machine_arn, name=name, input=document)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ExecutionAlreadyExists":
            raise CallError.of(error, "StartExecution") from error
        return False
    except API_ERRORS as error:
        raise CallError.of(error, "StartExecution") from error
    return True
