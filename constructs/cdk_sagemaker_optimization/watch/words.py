"""Times, shares and statuses in words."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")

_SYMBOLS = (
    ("FAILED", "✘", "red"),
    ("ROLLBACK", "↶", "yellow"),
    ("DELETE_COMPLETE", "·", "bright_black"),
    ("COMPLETE", "●", "green"),
    ("IN_PROGRESS", "◐", "yellow"),
    ("INPROGRESS", "◐", "cyan"),
    ("STARTING", "◐", "yellow"),
    ("STOPP", "◼", "red"),
)

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def duration(seconds: float) -> str:
    """Return a time such as `45 s`, `26 min`, `1 h 05 min` or `2 d 3 h`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    minutes = int(seconds) // _MINUTE
    if seconds < _HOUR:
        return f"{minutes} min"
    if seconds < _DAY:
        rest = minutes % 60
        return f"{minutes // 60} h {rest:02} min" if rest else f"{minutes // 60} h"
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def moment(time: datetime) -> str:
    """Return a time in UTC such as `2026-11-27T14:03:11Z`."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def share(part: float, whole: float) -> float:
    """Return a share from 0 to 1."""
    return min(1.0, part / whole) if whole else 1.0


def of_limit(part: float, whole: float | None) -> str:
    """Return a part of a limit such as `26 min of 4 h, 10 %`."""
    if whole is None:
        return duration(part)
    return f"{duration(part)} of {duration(whole)}, {100 * share(part, whole):.0f} %"


def symbol(status: str) -> tuple[str, str]:
    """Return a sign and its colour for a status of CloudFormation or of a job."""
    for part, sign, colour in _SYMBOLS:
        if part in status:
            return sign, colour
    return "○", "bright_black"


def one_line(text: str) -> str:
    """Return a text in one line, with nothing in it that a terminal obeys.

    A reason may quote what a container or a model has printed, and that may be anything.
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


def in_lines(value: T) -> T:
    """Return a value of `look.py` with each of its texts in one line."""
    changed: Any = value
    if isinstance(value, str):
        changed = one_line(value)
    elif isinstance(value, tuple):
        changed = tuple(map(in_lines, value))
    elif is_dataclass(value) and not isinstance(value, type):
        changed = replace(value, **{each.name: in_lines(getattr(value, each.name)) for each in fields(value)})
    result: T = changed
    return result
