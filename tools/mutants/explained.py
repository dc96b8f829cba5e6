"""The changes that may survive, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True)
class Reason:
    """A reason why changes may survive.

    Attributes:
        heading: The kind of reason.
        why: The reason, in sentences.
        changes: The names of the changes (see `tools.mutants.names`).
    """

    heading: str
    why: str
    changes: tuple[str, ...]


def reasons(text: str | None = None) -> list[Reason]:
    """The reasons of explained.toml, or of another text."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8") if text is None else text)
    return [
        Reason(entry["heading"], entry["why"].strip(), tuple(entry["changes"]))
        for entry in document["reason"]
    ]


def explained(files: Iterable[str], among: Iterable[Reason]) -> set[str]:
    """The names of the explained changes of some files."""
    beginnings = tuple(f"{file}, " for file in files)
    return {change for reason in among for change in reason.changes if change.startswith(beginnings)}
