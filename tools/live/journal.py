"""The file that names what a run is about to create, before it creates it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Thing:
    """Something in the account.

    Attributes:
        kind: stack, job, model or role.
    """

    kind: str
    name: str


class Journal:
    """A file of JSON lines: the run, then each thing that it is about to create, and that the thing is gone.

    Each line is on the disk before the call that it announces. So another process can clean up after a run
    that was killed at any moment.

    Args:
        path: The file.
        head: The first line: the run, its account and its Region.
    """

    def __init__(self, path: Path, head: dict[str, Any]) -> None:
        self.path = path
        self.run: str = head["run"]
        self.account: str = head["account"]
        self.region: str = head["region"]

    @classmethod
    def begin(cls, directory: Path, *, run: str, account: str, region: str) -> Journal:
        """Create the journal of a new run."""
        directory.mkdir(parents=True, exist_ok=True)
        journal = cls(directory / f"{run}.jsonl", {"run": run, "account": account, "region": region})
        journal._write({"run": run, "account": account, "region": region})
        return journal

    @classmethod
    def left(cls, directory: Path) -> list[Journal]:
        """Find the journals of runs that have left something."""
        return [cls(path, _lines(path)[0]) for path in sorted(directory.glob("*.jsonl")) if _lines(path)]

    def making(self, kind: str, name: str) -> Thing:
        """Write that the run is about to create something."""
        thing = Thing(kind, name)
        self._write({"making": [kind, name]})
        return thing

    def gone(self, thing: Thing) -> None:
        """Write that something does not exist (any more)."""
        self._write({"gone": [thing.kind, thing.name]})

    def present(self) -> list[Thing]:
        """List what may exist, the latest first."""
        things: dict[Thing, None] = {}
        for line in _lines(self.path)[1:]:
            (what, (kind, name)) = next(iter(line.items()))
            things.pop(Thing(kind, name), None)
            if what == "making":
                things[Thing(kind, name)] = None
        return list(things)[::-1]

    def close(self) -> None:
        """Remove the journal of a run that has left nothing."""
        self.path.unlink()

    def _write(self, line: dict[str, Any]) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _lines(path: Path) -> list[dict[str, Any]]:
    lines = []
    for line in path.read_text().splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            # The process ended while it wrote this line, so it has not created what the line announces.
            continue
    return lines
