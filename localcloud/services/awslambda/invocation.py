"""One invocation of a function, from the event to the response."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.kernel.api import ApiError, ApiRequest, ResponseLost
from localcloud.kernel.clock import Clock
from localcloud.kernel.permissions import session_arn
from localcloud.services.awslambda.configuration import Configuration
from localcloud.services.awslambda.faults import Faults, Hang, Kill, Rubbish
from localcloud.services.awslambda.process import FunctionProcess
from localcloud.services.awslambda.runtime_api import Event
from localcloud.services.awslambda.warm_pool import WarmPool

_PATIENCE_SECONDS = 60.0
"""The longest real time that a function may take, whatever its timeout."""

_LARGEST_PAYLOAD = 6_291_556


@dataclass(frozen=True)
class InvokeResult:
    """The result of an invocation.

    Attributes:
        payload: The response, or the error as JSON (`errorMessage`, `errorType`, …).
        error: `Unhandled` if the function raised, crashed or ran out of time; None if it succeeded.
        log: What it printed.
    """

    payload: bytes
    error: str | None
    log: str = ""


class _OutOfTimeError(Exception):
    """A function has used up its timeout, and its process was ended.

    Args:
        log: What it printed.
    """

    def __init__(self, log: str) -> None:
        super().__init__(log)
        self.log = log


@dataclass
class Running:
    """An invocation that is under way, as the faults see it."""

    process: FunctionProcess
    kill: Kill | None
    calls: int = 0


@dataclass
class Invoker:
    """Runs events in processes.

    Attributes:
        write_log: Writes lines to a log group's stream as a principal: its ARN, the group, the stream, the
            lines.
    """

    clock: Clock
    write_log: Callable[[str, str, str, list[str]], bool]
    pool: WarmPool
    faults: Faults
    running: dict[str, Running] = field(default_factory=dict)

    def run(
        self, configuration: Configuration, payload: bytes, request_id: str | None = None
    ) -> InvokeResult:
        """Run one event and wait for the result. The clock stands still meanwhile, except for a timeout."""
        if len(payload) > _LARGEST_PAYLOAD:
            raise ApiError(
                "RequestTooLargeException", f"Request must be smaller than {_LARGEST_PAYLOAD} bytes", 413
            )
        with self.clock.busy():
            request_id = request_id or str(uuid.uuid4())
            if self.faults.strike(Hang, configuration.name, payload):
                return self._timed_out(configuration, request_id, "")
            try:
                result = self._run_in_a_process(configuration, payload, request_id)
            except _OutOfTimeError as ended:
                # Its place in the pool is free by now. The clock stands still while a thread waits for one.
                return self._timed_out(configuration, request_id, ended.log)
            if rubbish := self.faults.strike(Rubbish, configuration.name, payload):
                return InvokeResult(rubbish.payload, result.error, result.log)
            return result

    def _run_in_a_process(
        self, configuration: Configuration, payload: bytes, request_id: str
    ) -> InvokeResult:
        process = self.pool.acquire(configuration)
        try:
            return self._run_in(process, payload, request_id)
        finally:
            self.pool.release(process)

    def _run_in(self, process: FunctionProcess, payload: bytes, request_id: str) -> InvokeResult:
        configuration = process.configuration
        kill = self.faults.strike(Kill, configuration.name, payload)
        self.running[process.access_key_id] = Running(process, kill)
        started = time.monotonic()
        try:
            if kill is not None and kill.call == 0:
                process.kill()
            deadline = int((time.time() + configuration.timeout) * 1000)
            seconds = min(configuration.timeout, _PATIENCE_SECONDS)
            event = Event(request_id, payload, configuration.arn, self.clock.time(), deadline)
            response = process.run(event, seconds)
        finally:
            del self.running[process.access_key_id]
        timed_out = response is None and process.alive and time.monotonic() - started >= seconds
        if response is None:
            process.kill()
        log = process.new_log_lines()
        self._write_log(process, request_id, log, time.monotonic() - started)
        if response is not None:
            return InvokeResult(response.payload, "Unhandled" if response.error else None, log)
        if timed_out:
            raise _OutOfTimeError(log)
        return _failed(
            request_id, "Runtime.ExitError", f"Runtime exited with error: {process.exit_status}", log
        )

    def _timed_out(self, configuration: Configuration, request_id: str, log: str) -> InvokeResult:
        # The caller gets its response only then.
        self.clock.sleep(configuration.timeout)
        return _failed(
            request_id, "Sandbox.Timedout", f"Task timed out after {configuration.timeout}.00 seconds", log
        )

    def _write_log(self, process: FunctionProcess, request_id: str, log: str, seconds: float) -> None:
        configuration = process.configuration
        if not process.log_stream:
            day = self.clock.now().strftime("%Y/%m/%d")
            process.log_stream = f"{day}/[{configuration.version}]{uuid.uuid4().hex}"
        lines = log.splitlines()
        if configuration.log_format == "Text":
            used = f"Duration: {seconds * 1000:.2f} ms\tMemory Size: {configuration.memory} MB"
            end = f"REPORT RequestId: {request_id}\t{used}"
            start = f"START RequestId: {request_id} Version: {configuration.version}"
            lines = [start, *lines, f"END RequestId: {request_id}", end]
        if lines:
            session = session_arn(configuration.role_arn, configuration.name)
            self.write_log(session, configuration.log_group, process.log_stream, lines)

    # --- the faults' side: the API calls of running functions -----------------------------------------------

    def before_call(self, request: ApiRequest) -> None:
        """Count an API call of a function, and kill its process if that is asked for."""
        self._count(request, after=False)

    def after_call(self, request: ApiRequest) -> None:
        """Kill the process of a function after its call, if that is asked for."""
        self._count(request, after=True)

    def _count(self, request: ApiRequest, *, after: bool) -> None:
        running = self.running.get(request.principal.access_key_id)
        if running is None or running.kill is None or running.kill.operation not in (None, request.operation):
            return
        running.calls += not after
        if running.calls == running.kill.call and running.kill.after is after:
            running.process.kill()
            raise ResponseLost


def _failed(request_id: str, kind: str, message: str, log: str) -> InvokeResult:
    document = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return InvokeResult(json.dumps(document).encode(), "Unhandled", log)
