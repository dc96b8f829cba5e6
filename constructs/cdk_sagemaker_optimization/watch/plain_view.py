"""Plain lines for logs: one for whatever has changed since the look before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from .look import Event, Job, Look, Stack
from .prices import Prices
from .sentences import JOB_LOGS, conclusion, cost_so_far, explanation, nothing_to_show
from .words import moment, of_limit, one_line, share

#: A running job has a new line after each tenth of its limit.
_STEPS = 10


class PlainView:
    """Writes lines.

    Args:
        write: Writes a text.
        names: The stacks that the user named.
    """

    def __init__(self, write: Callable[[str], object], prices: Prices, names: Sequence[str]) -> None:
        self._write = write
        self._prices = prices
        self._names = names
        self._said: dict[tuple[str, ...], object] = {}
        self._events: set[Event] = set()
        self._look: Look | None = None

    def show(self, look: Look) -> None:
        """Write what is new."""
        self._look = look
        if self._is_news(("problem",), look.problem) and look.problem:
            since = "" if look.seen is None else f"; the state above is of {moment(look.seen)}"
            self._line(look.time, f"AWS shows nothing newer: {look.problem}{since}")
        if (nothing := nothing_to_show(look, self._names)) and self._is_news(("nothing",), nothing):
            self._line(look.time, nothing)
        for stack in look.stacks:
            self._stack(stack, look.seen or look.time)

    def close(self) -> None:
        """Write the result."""
        if self._look is not None and self._look.jobs:
            self._line(self._look.time, conclusion(self._look))

    def _stack(self, stack: Stack, now: datetime) -> None:
        is_new = (stack.id,) not in self._said
        if self._is_news((stack.id,), (stack.status, stack.reason)):
            self._line(now, f"{stack.name}  {_with_reason(stack.status, stack.reason)}")
        if is_new:
            for group in stack.log_groups:
                self._line(now, f"{stack.name}  log group {group}")
        for event in reversed(stack.events):
            if event not in self._events:
                self._events.add(event)
                text = _with_reason(f"{event.status} {event.logical_id}", event.reason)
                self._line(event.time, f"{stack.name}  event {text}")
        in_events = {(event.logical_id, event.status) for event in stack.events}
        for resource in stack.waiting_for:
            if (resource.logical_id, resource.status) in in_events:
                continue
            key = (stack.id, "waiting", resource.logical_id)
            if self._is_news(key, (resource.status, resource.updated)):
                self._line(now, f"{stack.name}  waits for {resource.logical_id} ({resource.status})")
        for job in stack.jobs:
            self._job(stack, job, now)

    def _job(self, stack: Stack, job: Job, now: datetime) -> None:
        where = f"{stack.name}  job {job.name or job.logical_id}"
        if job.created is not None and self._is_news((stack.id, "where", job.name), job.created):
            artifact = "" if job.has_failed else f"artifact {job.output_location}, "
            self._line(now, f"{where}: {artifact}logs in the {JOB_LOGS}")
        run = job.run_time(now)
        step = None if run is None or job.max_runtime is None else int(_STEPS * share(run, job.max_runtime))
        key = (stack.id, "job", job.logical_id, job.name)
        if self._is_news(key, (job.status, step, explanation(job))):
            self._line(now, f"{where} {_with_reason(self._progress(job, now), explanation(job))}")

    def _progress(self, job: Job, now: datetime) -> str:
        parts = [job.status]
        if (pending := job.pending_time(now)) is not None and (job.is_pending or job.started is None):
            parts.append(f"waited for an instance {of_limit(pending, job.max_pending_time)}")
        if (run := job.run_time(now)) is not None:
            parts.append(f"ran {of_limit(run, job.max_runtime)}")
        if (cost := self._prices.cost(job, now)) is not None:
            parts.append(f"cost {cost_so_far(cost, job)}")
        return ", ".join(parts)

    def _is_news(self, key: tuple[str, ...], value: object) -> bool:
        is_news = self._said.get(key) != value
        self._said[key] = value
        return is_news

    def _line(self, time: datetime, text: str) -> None:
        self._write(f"{moment(time)}  {one_line(text)}\n")


def _with_reason(text: str, reason: str) -> str:
    return f"{text}: {reason}" if reason else text
