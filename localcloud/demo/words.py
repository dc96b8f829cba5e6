"""Times and states in words and colours."""

from __future__ import annotations

_SYMBOLS = (
    ("FAILED", "✘", "red"),
    ("ROLLBACK", "↶", "yellow"),
    ("DELETE_COMPLETE", "·", "bright_black"),
    ("DELETE_SKIPPED", "●", "green"),
    ("COMPLETE", "●", "green"),
    ("IN_PROGRESS", "◐", "yellow"),
    ("INPROGRESS", "◐", "yellow"),
    ("STARTING", "◐", "yellow"),
    ("STOPP", "◼", "red"),
)


def duration(seconds: float) -> str:
    """For example `45 s`, `26 min` or `1 h 05 min`."""
    if seconds < 60:
        return f"{max(0.0, seconds):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def symbol(status: str) -> tuple[str, str]:
    """A sign and its colour for a status of CloudFormation or of a job."""
    for part, sign, colour in _SYMBOLS:
        if part in status:
            return sign, colour
    return "○", "bright_black"


def one_line(text: str, width: int) -> str:
    """A text of any length in one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
