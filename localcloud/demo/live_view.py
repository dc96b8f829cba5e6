"""The demo on a terminal, live."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from localcloud.demo.snapshot import LEG_TYPE, Snapshot
from localcloud.demo.steps import Promise, Step
from localcloud.demo.words import duration, folder, one_line, symbol

if TYPE_CHECKING:
    from localcloud.demo.serving import Serving
    from localcloud.services.sagemaker import Job

_FRAMES = 12
"""The frames a second in which the view is drawn."""

_BAR = 20
_WIDE = 90

_FINITE = 10**6


class LiveView:
    """A view of the present step, below the results of the steps before."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0
        self._step: Step | None = None
        self._began = time.monotonic()
        self._clock_began: float | None = None
        self._snapshot: Snapshot | None = None
        self._waiting_for = ""
        # The view is drawn and lines are printed by several threads. rich's own drawing thread lets a line
        # of another thread come between moving the cursor and drawing, which leaves rubbish on the screen.
        self._lock = threading.RLock()
        self._live = Live(console=console, auto_refresh=False, transient=True, get_renderable=self.picture)
        self._closed = threading.Event()
        self._artist = threading.Thread(target=self._draw, name="demo-view", daemon=True)
        self._print(
            Text("cdk-sagemaker-optimization", "bold cyan"), Text("on a cloud of its own", "bright_black")
        )
        self._live.start()
        self._artist.start()

    def say(self, text: str) -> None:
        self._waiting_for = text
        self._began = time.monotonic()

    def begin(self, number: int, step: Step) -> None:
        self._began = time.monotonic()
        self._number, self._step, self._snapshot, self._clock_began = number, step, None, None
        self._print()
        self._print(Text.assemble((f"{number} ", "bold cyan"), (step.title, "bold")))
        self._print(Text(f"  $ {step.command}", "bright_black"))

    def show(self, snapshot: Snapshot) -> None:
        if self._clock_began is None and snapshot.events:
            self._clock_began = snapshot.events[0].time
        self._snapshot = snapshot

    def end(self, seconds: float, promises: list[Promise]) -> None:
        clock = ""
        if self._snapshot is not None and self._clock_began is not None:
            clock = f"{duration(self._snapshot.time - self._clock_began)} on the clock, "
        self._step = None
        table = Table.grid(padding=(0, 1))
        for promise in promises:
            sign, style = ("✔", "green") if promise.kept else ("✘", "bold red")
            table.add_row(Text("  " + sign, style), promise.text)
        self._print(table)
        self._print(Text(f"    {clock}{seconds:.1f} s in real time", "bright_black"))

    def conclude(self, outputs: dict[str, str], seconds: float) -> None:
        self.close()
        self._print(Text("\nWhat the deploy gave", "bold cyan"))
        for name, value in outputs.items():
            # Not wrapped, so that a person can copy it.
            self._print(Text.assemble((f"  {name:<18}", "bold"), value), soft_wrap=True)
        text = f"Everything is as promised, and nothing is left running ({seconds:.0f} s)."
        self._print(Text.assemble(("\n✔ ", "bold green"), text))

    def fail(self, message: str, detail: str) -> None:
        self.close()
        self._print()
        self._print(Text.assemble(("✘ ", "bold red"), (message, "bold")))
        if detail:
            self._print(Panel(Text(detail), border_style="red"))

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self._live.stop()

    def _print(self, *renderables: RenderableType, soft_wrap: bool = False) -> None:
        with self._lock:
            self._console.print(*renderables, soft_wrap=soft_wrap)

    def _draw(self) -> None:
        while not self._closed.wait(1 / _FRAMES):
            with self._lock:
                self._live.refresh()

    # --- the picture ----------------------------------------------------------------------------------------

    def picture(self) -> RenderableType:
        """Return the picture below everything that has been printed."""
        elapsed = time.monotonic() - self._began
        if self._step is None:
            return Text(f"  {_spinner(elapsed)} {self._waiting_for}  {elapsed:.0f} s", "bright_black")
        snapshot = self._snapshot
        if snapshot is None or self._clock_began is None:
            return Text(f"  {_spinner(elapsed)} the CDK CLI is starting  {elapsed:.0f} s", "bright_black")
        parts: list[RenderableType] = [_resources(snapshot)]
        if snapshot.job is not None:
            parts += [Text(), _job(snapshot.job, snapshot.time, self._console.width), *_legs(snapshot)]
        if snapshot.serving is not None:
            parts += [Text(), _endpoint(snapshot.serving)]
        parts += [Text(), self._clocks(snapshot, elapsed)]
        sign, colour = symbol(snapshot.status)
        title = Text.assemble(f"{snapshot.stack} ", (sign, colour), f" {snapshot.status}")
        return Panel(
            Group(*parts),
            title=title,
            title_align="left",
            border_style="bright_black",
            # A ^C that the terminal echoes beside it must not begin a new line.
            width=min(self._console.width - 2, 100),
        )

    def _clocks(self, snapshot: Snapshot, elapsed: float) -> Text:
        clock = duration(snapshot.time - (self._clock_began or snapshot.time))
        return Text(f"{_spinner(elapsed)} {clock} on the clock, {elapsed:.0f} s in real time", "bright_black")


def _resources(snapshot: Snapshot) -> RenderableType:
    others = [resource for resource in snapshot.resources if resource.type != LEG_TYPE]
    return Columns(
        [Text.assemble(symbol(it.status), " ", it.label) for it in others], padding=(0, 2), column_first=True
    )


def _job(job: Job, now: float, width: int) -> RenderableType:
    sign, colour = symbol(job.status)
    ran = min(now, job.ended or now) - job.created
    total = min(job.script.starting + job.script.runtime, _FINITE)
    grid = Table.grid(padding=(0, 1))
    grid.add_row(
        Text.assemble((sign, colour), f" {job.name} ", (f"{job.status:<11}", colour)),
        ProgressBar(
            total=total,
            completed=ran,
            width=_BAR if width >= _WIDE else _BAR // 2,
            complete_style=colour,
            finished_style=colour,
        ),
        Text(f"{duration(ran):>8}"),
    )
    if job.reason is None:
        return grid
    return Group(grid, Text("  " + one_line(job.reason, 94), "red"))


def _legs(snapshot: Snapshot) -> list[Text]:
    """The line of the legs; nothing while the CLI works on the endpoint's stack, which has none."""
    legs = [resource for resource in snapshot.resources if resource.type == LEG_TYPE]
    if not legs:
        return []
    text = Text("  the stack waits in legs of 55 minutes: ", "bright_black")
    for leg in sorted(legs, key=lambda leg: (len(leg.label), leg.label)):
        sign, colour = symbol(leg.status if leg.touched else "")
        text.append(f"{sign} ", colour)
    return [text]


def _endpoint(serving: Serving) -> Text:
    sign, colour = symbol(serving.status)
    served = f", serves {folder(serving.artifact)}" if serving.artifact else ""
    return Text.assemble((sign, colour), " endpoint ", (serving.status, colour), served)


def _spinner(elapsed: float) -> str:
    return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(elapsed * 10) % 10]
