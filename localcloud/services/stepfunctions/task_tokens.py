"""The tasks that wait for a token, and the end of each.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token

Seam into moto (5.2): its interpreter accepts a token for as long as the execution runs, also if the branch or
the state of the task is over. The environment of the task knows that. And it accepts heartbeats only once the
task waits, which is a moment after its token was handed out.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback as interpreter,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint

from localcloud.kernel.api import ApiError

_Service: Any = interpreter.StateTaskServiceCallback
_METHOD = "_eval_wait_for_task_token"
_wait: Any = getattr(_Service, _METHOD)
_HEARTBEAT = "notify_heartbeat"
_hear: Any = getattr(CallbackEndpoint, _HEARTBEAT)

#: The environments of the tasks, by their tokens. None for a task that waits no more.
_environments: dict[str, Any] = {}


@cache
def watch_tasks() -> None:
    """Have the interpreter tell which task waits for which token, for all clouds of this process."""
    setattr(_Service, _METHOD, _watched)
    setattr(CallbackEndpoint, _HEARTBEAT, _heard)


def forget_tasks() -> None:
    """Forget all tokens."""
    _environments.clear()


def check_token(token: str) -> None:
    """Raise ApiError if the task of a token waits no more.

    One that has only just handed its token out does not wait yet.
    """
    if token in _environments:
        environment = _environments[token]
        if environment is None or not environment.is_running():
            raise task_is_over()


def task_is_over() -> ApiError:
    """The error of a call with the token of a task that is over."""
    return ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def _watched(self: Any, *arguments: Any, **more: Any) -> Any:
    token = more["callback_endpoint"].callback_id
    _environments[token] = more["env"]
    try:
        return _wait(self, *arguments, **more)
    finally:
        _environments[token] = None


def _heard(self: Any) -> bool:
    """Take a heartbeat, also of a task that does not wait yet. Its first one is due after that."""
    _hear(self)
    return True
