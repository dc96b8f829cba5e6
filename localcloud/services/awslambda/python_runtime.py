"""The program of a Python function's process: AWS's runtime interface client, on the local cloud's clock.

The clock jumps ahead of the real time, and falls behind it while nothing waits. So `datetime.now` in a
function returns the clock's time at the beginning of the invocation, to the second: the Runtime API sends it
in the trace id, as AWS does (`Root=1-<seconds since 1970, in hexadecimal>-…`), and work takes no clock time.
`time.time` and `time.monotonic` are the real ones, for deadlines and durations within an invocation.

A script and no module of the package, because the process has the function's own modules and not ours. It is
started once, imports the AWS SDK, and for each order that it reads a copy of it becomes a function's process.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

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


def _become_a_function() -> None:
    """Carry out orders, and return in each process that is to run a function."""
    before = set(sys.modules)
    import boto3.session  # noqa: F401 (what most functions import)

    imported = {name for name in set(sys.modules) - before if _top(name) not in sys.stdlib_module_names}
    # Those who watch over a process are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            order = json.loads(line)
            if _is_watched(order["number"]):
                _settle_in(order, imported)
                return
    sys.exit(0)


def _is_watched(number: int) -> bool:
    """Return True in a new process, whose start and end this one tells before it ends itself."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        return True
    os.write(1, f"{number} started {pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(1, f"{number} ended {os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _settle_in(order: dict[str, Any], imported: set[str]) -> None:
    """Have all that a process of a function has from its start."""
    os.setsid()
    os.chdir(order["task_root"])
    os.environ.clear()
    os.environ.update(order["variables"])
    time.tzset()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (as long as the process)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(log, number)
        raw: Any = open(number, "wb", buffering=0, closefd=False)  # noqa: SIM115 (as long as the process)
        setattr(sys, name, io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True))
    sys.argv = [sys.argv[0], order["handler"]]
    sys.path.insert(0, order["task_root"])
    own = {path.stem for path in Path(order["task_root"]).iterdir()}
    if own & {_top(name) for name in imported}:
        # It brings an SDK of its own, or a part of one.
        for name in imported:
            del sys.modules[name]


def _top(module: str) -> str:
    """Return the name of the package that a module is in."""
    return module.partition(".")[0]


if __name__ == "__main__":
    dt.datetime = _ClockDatetime  # type: ignore[misc]
    _become_a_function()
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
