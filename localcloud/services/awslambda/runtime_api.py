"""The Lambda Runtime API for one process, which gets its events here and puts its responses here.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.kernel.api import HttpRequest, HttpResponse, ResponseLost
from localcloud.kernel.http_front import HttpFront

_PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Event:
    """An event for a process.

    Attributes:
        time: On the clock, in seconds since 1970.
        deadline_ms: In real time.
    """

    request_id: str
    payload: bytes
    function_arn: str
    time: float
    deadline_ms: int


@dataclass(frozen=True)
class Response:
    """The response of a process to an event.

    Attributes:
        error: Whether the payload is an error's description.
    """

    payload: bytes
    error: bool


@dataclass
class _State:
    event: Event | None = None
    response: Response | None = None
    ready: bool = False
    closed: bool = False
    condition: threading.Condition = field(default_factory=threading.Condition)


class RuntimeApi:
    """Hands one event after the other to the process that was started with `address`."""

    def __init__(self) -> None:
        self._state = _State()
        self._front = HttpFront(self._answer)
        self._front.start()

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API for the process."""
        return f"{self._front.host}:{self._front.port}"

    def give(self, event: Event) -> None:
        """Let the process have an event as soon as it asks for one."""
        with self._state.condition:
            self._state.event, self._state.ready = event, False
            self._state.condition.notify_all()

    def wait(self, seconds: float) -> Response | None:
        """Wait (real time) until the process has responded and asks for more. Then all its output is written.

        Returns None when the time is up, or the process is gone.
        """
        state = self._state
        until = time.monotonic() + seconds
        with state.condition:
            while not state.closed and not (state.response and (state.ready or state.response.error)):
                left = until - time.monotonic()
                if left <= 0:
                    return None
                state.condition.wait(left)
            response, state.response = state.response, None
            return response

    def process_ended(self) -> None:
        """Wake the waiting thread: no response will come."""
        with self._state.condition:
            self._state.closed = True
            self._state.condition.notify_all()

    def close(self) -> None:
        self.process_ended()
        self._front.stop()

    def _answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path.removeprefix(_PREFIX)
        if path == "invocation/next":
            return self._next()
        kind = path.rpartition("/")[2]
        self._take(Response(request.body, error=kind == "error"))
        return _accepted()

    def _next(self) -> HttpResponse:
        state = self._state
        with state.condition:
            state.ready = True
            state.condition.notify_all()
            while state.event is None and not state.closed:
                state.condition.wait()
            if state.event is None:
                raise ResponseLost
            event, state.event = state.event, None
        return HttpResponse(200, event.payload, _headers(event))

    def _take(self, response: Response) -> None:
        with self._state.condition:
            self._state.response = response
            self._state.condition.notify_all()


def _accepted() -> HttpResponse:
    return HttpResponse(202, json.dumps({"status": "OK"}).encode(), {"Content-Type": "application/json"})


def _headers(event: Event) -> Mapping[str, str]:
    return {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": event.request_id,
        "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
        "Lambda-Runtime-Trace-Id": f"Root=1-{int(event.time):08x}-{secrets.token_hex(12)};Sampled=0",
    }
