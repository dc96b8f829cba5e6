"""The lists of docs/mutants.md, out of tools/mutants/explained.toml."""

from __future__ import annotations

from itertools import groupby

from tools.mutants.explained import Reason, reasons


def render(page: str) -> str:
    """The page: its text before the first list, as it is, and the lists."""
    intro = page.partition("\n## ")[0].rstrip()
    lists = [
        "\n\n".join([f"## {heading}", *map(_list, those)])
        for heading, those in groupby(reasons(), lambda reason: reason.heading)
    ]
    return "\n\n".join([intro, *lists]) + "\n"


def _list(reason: Reason) -> str:
    return "\n".join([reason.why, "", "```", *reason.changes, "```"])
