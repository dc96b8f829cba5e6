"""The calls with the token of a state that waits.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ..errors import API_ERRORS, CallError

#: What Step Functions says of a token whose state is over, or never was. AWS does not document which of them
#: an aborted execution has.
_OVER = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")

#: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
_LONGEST_CAUSE = 32_768


class NobodyWaitsError(Exception):
    """The state of a token is over."""


class Tokens:
    """The states that wait for tokens."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def heartbeat(self, token: str) -> None:
        """Tells a state that its job goes on.

        Raises:
            NobodyWaitsError: the state is over.
            CallError: Step Functions did not say that it took the call.
        """
        self._send("SendTaskHeartbeat", self._client.send_task_heartbeat, taskToken=token)

    def succeed(self, token: str, output: Mapping[str, str]) -> None:
        """Ends a state with its output.

        Raises:
            NobodyWaitsError: the state is over.
            CallError: Step Functions did not say that it took the call.
        """
        document = json.dumps(output)
        self._send("SendTaskSuccess", self._client.send_task_success, taskToken=token, output=document)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Ends a state with an error.

        Raises:
            NobodyWaitsError: the state is over.
            CallError: Step Functions did not say that it took the call.
        """
        cause = cause[:_LONGEST_CAUSE]
        self._send(
            "SendTaskFailure", self._client.send_task_failure, taskToken=token, error=error, cause=cause
        )

    def _send(self, operation: str, call: Callable[..., Any], **parameters: str) -> None:
        try:
            call(**parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code.removesuffix("Exception") in _OVER:
                raise NobodyWaitsError(code) from error
            raise _without(parameters["taskToken"], CallError.of(error, operation)) from None
        except API_ERRORS as error:
            raise _without(parameters["taskToken"], CallError.of(error, operation)) from None


def _without(token: str, trouble: CallError) -> CallError:
    """An error whose message can be logged: a token is a credential, and AWS quotes what it refuses."""
    return CallError(trouble.kind, trouble.operation, str(trouble).replace(token, "…"))
