"""`python -m localcloud.demo`: see `localcloud.demo`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from localcloud.demo.live_view import LiveView
from localcloud.demo.plain_view import PlainView
from localcloud.demo.steps import STEPS, Step
from localcloud.demo.svg_view import SHOWN, SvgView
from localcloud.demo.synthesis import Synthesis
from localcloud.demo.view import View

SPEED = 1200.0
"""Clock seconds in a real second. The CLI looks every 5 seconds; by then a job of 26 minutes has ended."""


def main(arguments: list[str]) -> int:
    """Run the demo; 0 if everything was as promised, 1 if not, 130 if it was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.demo", description=__doc__)
    parser.add_argument(
        "--plain", action="store_true", help="plain lines, as when the output is not a terminal"
    )
    parser.add_argument(
        "--speed", type=float, default=SPEED, help=f"clock seconds in a real second (default {SPEED:.0f})"
    )
    parser.add_argument(
        "--svg", type=Path, metavar="FILE", help=f"draw the first {SHOWN} steps into an SVG file instead"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    steps = STEPS[:SHOWN] if options.svg else STEPS
    view = _view(options)
    try:
        return _run(steps, view, options.speed)
    except KeyboardInterrupt:
        view.fail("Interrupted; nothing is left running", "")
        return 130
    except (OSError, RuntimeError) as error:
        view.fail("The demo cannot run", str(error))
        return 1
    finally:
        view.close()


def _view(options: argparse.Namespace) -> View:
    if options.svg:
        return SvgView(options.svg)
    console = Console()
    return LiveView(console) if console.is_terminal and not options.plain else PlainView()


def _run(steps: Sequence[Step], view: View, speed: float) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cdk-demo-") as directory:
        view.say("Synthesizing app.py once for each step, and starting a local cloud")
        synthesis = Synthesis(Path(directory), [step.context for step in steps])
        try:
            # Imported here, because it takes as long as the synthesis, which is under way by now.
            from localcloud.demo.run import run

            outputs = run(steps, view, synthesis, speed=speed)
        finally:
            synthesis.stop()
    if outputs is None:
        return 1
    view.conclude(outputs, time.monotonic() - began)
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
