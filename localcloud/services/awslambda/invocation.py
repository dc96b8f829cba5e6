"""One invocation of a function, from the event to the answer."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localcloud.kernel.api import AnswerLost, ApiError, ApiRequest
from localcloud.services.awslambda.configuration import Configuration
from localcloud.services.awslambda.faults import Faults, Hang, Kill, Rubbish
from localcloud.services.awslambda.process import FunctionProcess
from localcloud.services.awslambda.runtime_api import Event
from localcloud.services.awslambda.warm_pool import WarmPool

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

_PATIENCE_SECONDS = 60.0
"""How long (real time) a function may take at most, whatever its timeout."""

_LARGEST_PAYLOAD = 6_291_556


@dataclass(frozen=True)
class InvokeResult:
    """What an invocation came to.

    Attributes:
        payload: The answer, or the error as JSON (`errorMessage`, `errorType`, …).
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
    """Runs events in processes."""

    cloud: LocalCloud
    pool: WarmPool
    faults: Faults
    running: dict[str, Running] = field(default_factory=dict)

    def run(
        self, configuration: Configuration, payload: bytes, request_id: str | None = None
    ) -> InvokeResult:
        """Run one event and wait for what comes of it. Time stands still meanwhile, except for a timeout."""
        if len(payload) > _LARGEST_PAYLOAD:
            raise ApiError(
                "RequestTooLargeException", f"Request must be smaller than {_LARGEST_PAYLOAD} bytes", 413
            )
        with self.cloud.clock.busy():
            request_id = request_id or str(uuid.uuid4())
            if self.faults.take(Hang, configuration.name, payload):
                return self._timed_out(configuration, request_id, "")
            try:
                result = self._run_in_a_process(configuration, payload, request_id)
            except _OutOfTimeError as ended:
                # Its place is free by now: whoever waits for one lets no clock time pass.
                return self._timed_out(configuration, request_id, ended.log)
            if rubbish := self.faults.take(Rubbish, configuration.name, payload):
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
        kill = self.faults.take(Kill, configuration.name, payload)
        self.running[process.access_key_id] = Running(process, kill)
        started = time.monotonic()
        try:
            if kill is not None and kill.call == 0:
                process.kill()
            deadline = int((time.time() + configuration.timeout) * 1000)
            seconds = min(configuration.timeout, _PATIENCE_SECONDS)
            event = Event(request_id, payload, configuration.arn, self.cloud.clock.time(), deadline)
            answer = process.run(event, seconds)
        finally:
            del self.running[process.access_key_id]
        timed_out = answer is None and process.alive and time.monotonic() - started >= seconds
        if answer is None:
            process.kill()
        log = process.new_log_lines()
        self._write_log(process, request_id, log, time.monotonic() - started)
        if answer is not None:
            return InvokeResult(answer.payload, "Unhandled" if answer.error else None, log)
        if timed_out:
            raise _OutOfTimeError(log)
        return _failed(
            request_id, "Runtime.ExitError", f"Runtime exited with error: {process.exit_status}", log
        )

    def _timed_out(self, configuration: Configuration, request_id: str, log: str) -> InvokeResult:
        # Whoever waits for the function hears of it only then.
        self.cloud.clock.sleep(configuration.timeout)
        return _failed(
            request_id, "Sandbox.Timedout", f"Task timed out after {configuration.timeout}.00 seconds", log
        )

    def _write_log(self, process: FunctionProcess, request_id: str, log: str, seconds: float) -> None:
        configuration = process.configuration
        if not process.log_stream:
            day = self.cloud.clock.now().strftime("%Y/%m/%d")
            process.log_stream = f"{day}/[{configuration.version}]{uuid.uuid4().hex}"
        lines = log.splitlines()
        if configuration.log_format == "Text":
            used = f"Duration: {seconds * 1000:.2f} ms\tMemory Size: {configuration.memory} MB"
            end = f"REPORT RequestId: {request_id}\t{used}"
            start = f"START RequestId: {request_id} Version: {configuration.version}"
            lines = [start, *lines, f"END RequestId: {request_id}", end]
        session = session_arn(configuration)
        if lines:
            self.cloud.logs.write(session, configuration.log_group, process.log_stream, lines)

    # --- the faults' side: the API calls of running functions
    # -------------------------------------------------------

    def before_call(self, request: ApiRequest) -> None:
        running = self.running.get(request.principal.access_key_id)
        if running is None or running.kill is None or running.kill.operation not in (None, request.operation):
            return
        running.calls += 1
        if running.calls == running.kill.call and not running.kill.after:
            running.process.kill()
            raise AnswerLost

    def after_call(self, request: ApiRequest) -> None:
        running = self.running.get(request.principal.access_key_id)
        if running is None or running.kill is None or running.kill.operation not in (None, request.operation):
            return
        if running.calls == running.kill.call and running.kill.after:
            running.process.kill()
            raise AnswerLost


def session_arn(configuration: Configuration) -> str:
    """Who a function is when it calls AWS."""
    account = configuration.role_arn.split(":")[4]
    role = configuration.role_arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{role}/{configuration.name}"


def _failed(request_id: str, kind: str, message: str, log: str) -> InvokeResult:
    document = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return InvokeResult(json.dumps(document).encode(), "Unhandled", log)
