"""The log: one line of JSON for each decision.

A question about a job is one query in CloudWatch Logs Insights.
"""

from __future__ import annotations

import json
import sys
from typing import Protocol


class Identified(Protocol):
    """An object that a line of the log can name."""

    @property
    def ids(self) -> dict[str, str]:
        """By what a line of the log names it: nothing that is a secret."""


def log(decision: str, request: Identified | None = None, *, level: str = "INFO", **details: object) -> None:
    """Writes a line with the decision, whose request it was, and what else is worth knowing.

    A request is named by its ids only: it also holds the address of the response, which is a credential.
    """
    line: dict[str, object] = {"level": level, "decision": decision}
    if request is not None:
        line |= request.ids
    line |= {name: value for name, value in details.items() if value not in (None, "")}
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
