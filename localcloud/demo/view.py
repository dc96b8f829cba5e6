"""The views in which the demo is shown."""

from __future__ import annotations

from typing import Protocol

from localcloud.demo.snapshot import Snapshot
from localcloud.demo.steps import Promise, Step


class View(Protocol):
    """Shows the demo."""

    def say(self, text: str) -> None:
        """Show a remark."""
        ...

    def begin(self, number: int, step: Step) -> None: ...

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot. Called many times, on another thread, between `begin` and `end`."""
        ...

    def end(self, seconds: float, promises: list[Promise]) -> None:
        """Show the end of a step: its real time, and its promises."""
        ...

    def conclude(self, outputs: dict[str, str], seconds: float) -> None:
        """Show the end of the demo: the outputs of the deploy, and the real time of everything."""
        ...

    def fail(self, message: str, detail: str) -> None:
        """Show why the demo cannot go on."""
        ...

    def close(self) -> None:
        """Leave the screen in order."""
        ...
