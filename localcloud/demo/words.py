"""Times and states in words and colours."""

from __future__ import annotations

_SYMBOLS = (
    ("FAILED", "✘", "red"),
    ("ROLLBACK", "↶", "yellow"),
    ("ROLLINGBACK", "↶", "yellow"),
    ("DELETE_COMPLETE", "·", "bright_black"),
    ("DELETE_SKIPPED", "●", "green"),
    ("COMPLETE", "●", "green"),
    ("IN_PROGRESS", "◐", "yellow"),
    ("INPROGRESS", "◐", "yellow"),
    ("STARTING", "◐", "yellow"),
    ("CREATING", "◐", "yellow"),
    ("UPDATING", "◐", "yellow"),
    ("DELETING", "◐", "yellow"),
    ("INSERVICE", "●", "green"),
    ("STOPP", "◼", "red"),
)


def duration(seconds: float) -> str:
    """For example `45 s`, `26 min` or `1 h 05 min`."""
    if seconds < 60:
        return f"{max(0.0, seconds):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def symbol(status: str) -> tuple[str, str]:
    """A sign and its colour for a status of CloudFormation, of a job or of an endpoint."""
    for part, sign, colour in _SYMBOLS:
        if part in status.upper():
            return sign, colour
    return "○", "bright_black"


def folder(location: str) -> str:
    """The last folder of an S3 URI. That of an artifact has the name of its job."""
    return location.rstrip("/").rpartition("/")[2]


def one_line(text: str, width: int) -> str:
    """A text of any length in one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
