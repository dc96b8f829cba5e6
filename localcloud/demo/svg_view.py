"""The demo in an SVG file, for the README."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console, RenderableType
from rich.terminal_theme import TerminalTheme

from localcloud.demo.live_view import LiveView
from localcloud.demo.snapshot import Snapshot

SHOWN = 2
"""The number of steps in the file: the first as it ended, the second while its job runs."""

_SECONDS = 14 * 60
"""The age of the last step's job when it is drawn, in clock seconds."""

_COLUMNS = 102

_THEME = TerminalTheme(
    background=(13, 17, 23),
    foreground=(201, 209, 217),
    normal=[
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
    bright=[
        (139, 148, 158),
        (255, 161, 152),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (240, 246, 252),
    ],
)


_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class SvgView(LiveView):
    """Draws into an SVG file what a terminal would show, and nothing on the terminal.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # It is not interactive, so the picture is drawn only where this class prints it.
        self._paper = Console(
            file=io.StringIO(), record=True, width=_COLUMNS, force_terminal=True, force_interactive=False
        )
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
        svg = self._paper.export_svg(title="make demo", theme=_THEME, unique_id="demo")
        # The file must fetch nothing: without rich's font from the internet, it has the reader's own.
        self._path.write_text(_FONT.sub("", svg), encoding="utf-8")
        print(self._path)

    def fail(self, message: str, detail: str) -> None:
        """Say on the terminal why there is no picture."""
        self.close()
        print(f"{message}\n{detail}")

    def _print(self, *renderables: RenderableType, soft_wrap: bool = False) -> None:
        if not self._is_drawn:
            super()._print(*renderables, soft_wrap=soft_wrap)
