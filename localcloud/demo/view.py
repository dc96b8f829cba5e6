"""Where the demo is shown."""

from __future__ import annotations

from typing import Protocol

from localcloud.demo.snapshot import Sight
from localcloud.demo.steps import Chapter, Promise


class Stage(Protocol):
    """Shows the demo to whoever watches."""

    def say(self, text: str) -> None:
        """A remark beside the story."""
        ...

    def begin(self, number: int, chapter: Chapter) -> None: ...

    def show(self, sight: Sight) -> None:
        """What is to be seen now; called many times, on another thread, between `begin` and `end`."""
        ...

    def end(self, seconds: float, promises: list[Promise]) -> None:
        """The chapter's end: how long it took in real time, and what must be so now."""
        ...

    def conclude(self, outputs: dict[str, str], seconds: float) -> None:
        """The demo's end: what the deploy gave, and how long everything took in real time."""
        ...

    def fail(self, message: str, detail: str) -> None:
        """The demo cannot go on, or something is not as promised."""
        ...

    def close(self) -> None:
        """Leave the screen in order, whatever has happened."""
        ...
