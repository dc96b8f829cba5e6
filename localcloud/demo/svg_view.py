"""The demo in an SVG file, for the README."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType

from localcloud.demo.live_view import LiveView
from localcloud.demo.snapshot import Snapshot
from localcloud.demo.svg import paper, save

SHOWN = 2
"""The number of steps in the file: the first as it ended, the second while its job runs."""

_SECONDS = 14 * 60
"""The age of the last step's job when it is drawn, in clock seconds."""


class SvgView(LiveView):
    """Draws into an SVG file what a terminal would show, and nothing on the terminal.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._paper = paper()
        self._is_drawn = False
        super().__init__(self._paper)

    def show(self, snapshot: Snapshot) -> None:
        """Draw the picture once, in the last step, when its job has run for a while."""
        super().show(snapshot)
        has_run = snapshot.job is not None and snapshot.time - snapshot.job.created >= _SECONDS
        if self._number == SHOWN and has_run and not self._is_drawn:
            self._print(self.picture())
            self._is_drawn = True

    def conclude(self, outputs: dict[str, str], seconds: float) -> None:
        """Write the file.

        Raises:
            RuntimeError: the job was never seen running.
        """
        super().conclude(outputs, seconds)
        if not self._is_drawn:
            raise RuntimeError("the job of the last step was not seen running: use a lower --speed")
        save(self._paper, self._path, title="make demo", name="demo")
        print(self._path)

    def fail(self, message: str, detail: str) -> None:
        """Say on the terminal why there is no picture."""
        self.close()
        print(f"{message}\n{detail}")

    def _print(self, *renderables: RenderableType, soft_wrap: bool = False) -> None:
        if not self._is_drawn:
            super()._print(*renderables, soft_wrap=soft_wrap)
