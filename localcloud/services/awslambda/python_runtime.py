"""The program of a Python function's process: AWS's runtime interface client, on the local cloud's clock.

The clock jumps ahead of the real time, and falls behind it while nothing waits. So `datetime.now` in a
function returns the clock's time at the beginning of the invocation, to the second: the Runtime API sends it
in the trace id, as AWS does (`Root=1-<seconds since 1970, in hexadecimal>-…`), and work takes no clock time.
`time.time` and `time.monotonic` are the real ones, for deadlines and durations within an invocation.

With the handler's name as its argument, it runs that function. With `--fork` and the number of a socket, it
imports boto3, which takes most of a start, and forks for each order that comes over the socket: see
`PythonTemplate` for what an order is. The fork then runs the function.

A script and no module of the package, because the process has the function's own modules and not ours.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import importlib
import json
import os
import re
import runpy
import select
import signal
import socket
import sys
import time
from typing import NoReturn

_real = dt.datetime
_SECONDS = re.compile(r"Root=1-([0-9a-f]{8})-")


class _OfBoth(type):
    """Takes every real datetime, too, for one of its own: C code makes those."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _real)


class _ClockDatetime(_real, metaclass=_OfBoth):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # real datetimes
        """The clock's time; the real one before the first invocation."""
        match = _SECONDS.search(os.environ.get("_X_AMZN_TRACE_ID", ""))
        return _real.now(tz) if match is None else _real.fromtimestamp(int(match[1], 16), tz)

    @classmethod
    def utcnow(cls) -> dt.datetime:  # type: ignore[override]  # real datetimes
        """As `now`, in UTC, without a time zone."""
        return cls.now(dt.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> dt.datetime:  # type: ignore[override]  # real datetimes
        """As `now`, without a time zone."""
        return cls.now()


def _become_an_ordered_process(control: socket.socket) -> None:
    """Fork for each order. Returns in the forks only, which are then as if they had been started for it."""
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    reports: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), awake], [], [])
        if awake in ready:
            os.read(awake, 4096)
            _report_the_ended(reports)
        if control.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 3)
            if not message:
                _end_all(reports)
            order, log, report = descriptors
            process = os.fork()
            if process == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                for descriptor in (awake, wake, report, *reports.values()):
                    os.close(descriptor)
                _carry_out(order, log)
                return
            # The fork does so, too: whichever is first.
            _lead_a_group(process)
            os.write(report, b"%d\n" % process)
            reports[process] = report
            for descriptor in (order, log):
                os.close(descriptor)


def _end_all(reports: dict[int, int]) -> NoReturn:
    """End what runs still, as the local cloud has ended, and then this process."""
    for process in reports:
        with contextlib.suppress(OSError):
            os.killpg(process, signal.SIGKILL)
    _report_the_ended(reports, 0)
    sys.exit()


def _report_the_ended(reports: dict[int, int], options: int = os.WNOHANG) -> None:
    while reports:
        process, status = os.waitpid(-1, options)
        if process == 0:
            return
        report = reports.pop(process)
        with contextlib.suppress(BrokenPipeError):
            os.write(report, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(report)


def _lead_a_group(process: int) -> None:
    # It may have ended already.
    with contextlib.suppress(OSError):
        os.setpgid(process, process)


def _carry_out(order: int, log: int) -> None:
    """Take on what a process has from its start: group, log, directory, variables, arguments."""
    _lead_a_group(os.getpid())
    with open(order, "rb") as file:
        ordered = json.load(file)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    os.chdir(ordered["directory"])
    os.environ.clear()
    os.environ.update(ordered["variables"])
    time.tzset()
    sys.path[:0] = ordered["variables"]["PYTHONPATH"].split(os.pathsep)
    sys.argv[1:] = ordered["arguments"]


if __name__ == "__main__":
    dt.datetime = _ClockDatetime  # type: ignore[misc]
    if sys.argv[1] == "--fork":
        importlib.import_module("boto3")
        # What all forks share stays shared.
        gc.collect()
        gc.freeze()
        _become_an_ordered_process(socket.socket(fileno=int(sys.argv[2])))
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
