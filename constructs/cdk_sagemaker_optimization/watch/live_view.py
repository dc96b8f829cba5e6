"""The view on a terminal, which stays in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .look import Event, Job, Look, Resource, Stack
from .prices import Prices
from .sentences import JOB_LOGS, conclusion, cost_so_far, explanation, nothing_to_show
from .words import duration, in_lines, moment, of_limit, share, symbol

_DIM = "bright_black"
_BAR = 24
_WIDEST = 110
_REDRAWN = 1
"""The times a second that the ages are renewed, without a call."""


class LiveView:
    """Shows the newest look.

    Args:
        console: The terminal.
        names: The stacks that the user named.
        now: The present time.
    """

    def __init__(
        self, console: Console, prices: Prices, names: Sequence[str], now: Callable[[], datetime]
    ) -> None:
        self._console = console
        self._prices = prices
        self._names = names
        self._now = now
        self._look: Look | None = None
        self._live = Live(console=console, refresh_per_second=_REDRAWN, get_renderable=self.picture)
        try:
            self._live.start(refresh=True)
        except BaseException:
            # Ctrl-C, too. What has not begun cannot be stopped.
            console.show_cursor(True)
            raise

    def show(self, look: Look) -> None:
        """Show a look from now on."""
        self._look = look
        self._live.refresh()

    def close(self) -> None:
        """Leave the last picture on the screen, and show the cursor whatever happens meanwhile."""
        try:
            self._live.stop()
        finally:
            self._console.show_cursor(True)

    def picture(self) -> RenderableType:
        """Return the picture of this moment."""
        if self._look is None:
            return Text("asking CloudFormation for the stacks and their jobs …", _DIM)
        return picture(self._look, self._prices, self._names, self._now(), self._console.width)


def picture(look: Look, prices: Prices, names: Sequence[str], now: datetime, width: int) -> RenderableType:
    """Return a picture.

    Args:
        look: The state to show.
        prices: Prices of an instance hour.
        names: The stacks that the user named.
        now: The time to which running times are shown.
        width: The columns of the terminal.
    """
    look = in_lines(look)
    parts: list[RenderableType] = [Text(f"{look.region}, {conclusion(look)}, {moment(now)}", _DIM)]
    if look.problem:
        since = "" if look.seen is None else f"\nThis is the state of {moment(look.seen)}."
        parts.append(Text(f"AWS shows nothing newer: {look.problem}{since}", "yellow"))
        now = look.seen or now
    if nothing := nothing_to_show(look, names):
        parts.append(Text(nothing))
    # A ^C that the terminal echoes beside it must not begin a new line.
    width = min(width - 2, _WIDEST)
    for stack in look.stacks:
        # So that a screen has room for what runs or failed.
        is_brief = not names and stack.is_at_rest(now) and not stack.has_trouble
        parts.append(_panel(stack, prices, now, width, is_brief=is_brief))
    return Group(*parts)


def _panel(stack: Stack, prices: Prices, now: datetime, width: int, *, is_brief: bool) -> RenderableType:
    sign, colour = symbol(stack.status)
    age = _since(stack.changed, now)
    when = f"for {age}" if stack.is_in_progress else f"{age} ago"
    title = Text.assemble((sign, colour), " ", (stack.name, "bold"), f" {stack.status}", (f" {when}", _DIM))
    parts = [part for job in stack.jobs for part in _job(job, prices, now, is_brief=is_brief)]
    rows = [] if is_brief else list(_facts(stack, now))
    if rows:
        parts += [Text(), _grid(rows)]
    return Panel(Group(*parts), title=title, title_align="left", border_style=_DIM, width=width)


def _job(job: Job, prices: Prices, now: datetime, *, is_brief: bool) -> Iterator[RenderableType]:
    sign, colour = symbol(job.status)
    head = Text.assemble(
        (sign, colour), " ", (job.name or job.logical_id, "bold"), (f" {job.status}", colour)
    )
    if (age := job.age(now)) is not None:
        head.append(f" {'after' if job.ended else 'for'} {duration(age)}", _DIM)
    yield head
    rows = [] if is_brief else list(_course(job, prices, now, colour))
    if job.output_location and not job.has_failed:
        rows.append(("artifact", Text(job.output_location)))
    if job.image and not is_brief:
        rows.append(("image", Text(job.image)))
    if job.created is not None and not is_brief:
        rows.append(("logs", Text(JOB_LOGS)))
    yield _grid(rows)


def _course(job: Job, prices: Prices, now: datetime, colour: str) -> Iterator[tuple[str, RenderableType]]:
    """Yield how a job goes."""
    yield "resource", Text(_resource_of(job))
    if (pending := job.pending_time(now)) is not None:
        yield "waited", _bar(pending, job.max_pending_time, "yellow")
    if (run := job.run_time(now)) is not None:
        yield "ran", _bar(run, job.max_runtime, colour)
    if (cost := prices.cost(job, now)) is not None:
        yield "cost", Text(f"{cost_so_far(cost, job)}  ({_instances(job)} at {cost.price:g} an hour)")
    elif job.instance_type:
        yield "instances", Text(_instances(job))
    if why := explanation(job):
        yield "reason", Text(why, "red" if job.has_failed else "")


def _facts(stack: Stack, now: datetime) -> Iterator[tuple[str, RenderableType]]:
    """Yield what there is to say about the stack as a whole."""
    if stack.reason:
        yield "reason", Text(stack.reason)
    for number, resource in enumerate(stack.waiting_for):
        yield "" if number else "waits for", _waiting(resource, now)
    if stack.failure is not None:
        yield (
            "failed",
            Text.assemble((stack.failure.logical_id, "bold"), f" {stack.failure.reason}", style="red"),
        )
    for number, group in enumerate(stack.log_groups):
        yield "" if number else "log groups", Text(group)
    for number, event in enumerate(stack.events):
        yield "" if number else "events", _event(event, now)


def _waiting(resource: Resource, now: datetime) -> Text:
    text = f" {resource.status} for {_since(resource.updated, now)}"
    return Text.assemble((resource.logical_id, "bold"), text, (f" {resource.type}", _DIM))


def _event(event: Event, now: datetime) -> Text:
    sign, colour = symbol(event.status)
    return Text.assemble(
        (sign, colour),
        f" {event.status} {event.logical_id}",
        (f" {_since(event.time, now)} ago", _DIM),
        no_wrap=True,
        overflow="ellipsis",
    )


def _bar(part: float, whole: int | None, colour: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    text = Text(of_limit(part, whole))
    if whole is None:
        grid.add_row(text)
    else:
        bar = ProgressBar(
            total=1, completed=share(part, whole), width=_BAR, complete_style=colour, finished_style=colour
        )
        grid.add_row(bar, text)
    return grid


def _grid(rows: Sequence[tuple[str, RenderableType]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=_DIM, width=12, justify="right")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def _resource_of(job: Job) -> str:
    status = "in a pipeline" if job.in_pipeline else job.resource_status
    return f"{job.logical_id} {status}".strip()


def _instances(job: Job) -> str:
    return f"{job.instances} of {job.instance_type}"


def _since(time: datetime, now: datetime) -> str:
    return duration(max(0.0, (now - time).total_seconds()))
