"""The program of a Python function's process: AWS's runtime interface client, on the local cloud's clock.

The clock jumps ahead of the real time, and falls behind it while nothing waits. So `datetime.now` in a
function returns the clock's time at the beginning of the invocation, to the second: the Runtime API sends it
in the trace id, as AWS does (`Root=1-<seconds since 1970, in hexadecimal>-…`), and work takes no clock time.
`time.time` and `time.monotonic` are the real ones, for deadlines and durations within an invocation.

A script and no module of the package, because the process has the function's own modules and not ours.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import runpy

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


if __name__ == "__main__":
    dt.datetime = _ClockDatetime  # type: ignore[misc]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
