"""Hands a request to the state machine, which carries it out and responds."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from .contract import MAX_DEFINITION_BYTES
from .log import log

_NO_RESPONSE = {"Error": "NoResponse", "Cause": "the function returned neither a response nor a time to wait"}


def start_execution(client: Any, state_machine_arn: str, function_arn: str, event: dict[str, Any]) -> None:
    """Starts the one execution of a request.

    A request that comes again finds it started, and nothing else happens.

    The function's ARN goes in with the input, so that the state machine does not need to know it when it is
    created.
    """
    if len(json.dumps(event.get("OldResourceProperties"))) > MAX_DEFINITION_BYTES:
        # No job was ever made of them, and there is no room for both.
        event = {**event, "OldResourceProperties": {}}
    execution = {
        "FunctionName": function_arn,
        "Request": event,
        "Now": {"Step": "advance", "State": {}},
        "Error": _NO_RESPONSE,
    }
    try:
        client.start_execution(
            stateMachineArn=state_machine_arn,
            name=event["RequestId"],
            input=json.dumps(execution, sort_keys=True),
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ExecutionAlreadyExists":
            raise
        log("the request has come before", request_id=event["RequestId"])
