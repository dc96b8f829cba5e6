"""SVG files of what a terminal shows."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

COLUMNS = 102

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


def paper() -> Console:
    """Return a console that records what a terminal would show, and shows nothing.

    It is not interactive, so a live view is drawn only where it is printed.
    """
    return Console(
        file=io.StringIO(), record=True, width=COLUMNS, force_terminal=True, force_interactive=False
    )


def save(paper: Console, path: Path, *, title: str, name: str) -> None:
    """Write what was printed into an SVG file.

    Args:
        paper: Where it was printed.
        path: The file.
        title: The title of the window.
        name: The beginning of the ids in the file.
    """
    svg = paper.export_svg(title=title, theme=_THEME, unique_id=name)
    # The file must fetch nothing: without rich's font from the internet, it has the reader's own.
    path.write_text(_FONT.sub("", svg), encoding="utf-8")
