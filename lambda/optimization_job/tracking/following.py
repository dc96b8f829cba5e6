"""Looks at a job once, and tells what has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from ..errors import CallError
from ..sagemaker.job import Job
from .look import End, Look, failing, is_over, look, what_next
from .measurement import Measurement
from .progress import log_progress
from .status_change import StatusChange
from .tracker import Tracker, log_tracker


class Jobs(Protocol):
    """The jobs of one kind, of which a tracker reads its own."""

    def job(self, name: str) -> Job | None:
        """The job of this name; None if there is none. A read that fails raises a CallError."""


class Bus(Protocol):
    """The event bus that rules of users listen to."""

    def publish(self, change: StatusChange) -> None:
        """Puts the event of a change on the bus. An event that is not taken raises a CallError."""


class Counts(Protocol):
    """The counting of jobs that have ended."""

    def count(self, measurement: Measurement) -> None:
        """Counts the end of a run once."""
        ...


def follow(tracker: Tracker, jobs: Jobs, bus: Bus, counter: Counts, now: datetime) -> Look | End:
    """One step of a tracker.

    A change that could not be published stays in the tracker and comes before those after it. One that was
    published just before this dies is published again: each change is told at least once, and in order.
    """
    tracker, no_status = _learn(tracker, jobs, now)
    tracker, no_bus = _tell(tracker, bus)
    tracker, no_count = _count(tracker, counter)
    trouble = no_bus or no_status or no_count
    tracker = failing(tracker, trouble, now)
    outcome = what_next(tracker, trouble, now)
    if isinstance(outcome, End):
        log_tracker("tracked", tracker, level="ERROR" if outcome.lost else "INFO", why=outcome.why)
    return outcome


def _learn(tracker: Tracker, jobs: Jobs, now: datetime) -> tuple[Tracker, CallError | None]:
    if is_over(tracker):
        return tracker, None
    try:
        job = jobs.job(tracker.job_name)
    except CallError as trouble:
        log_tracker("not looked", tracker, level="WARNING", why=str(trouble), kind=trouble.kind.value)
        return tracker, trouble
    log_progress(tracker, job, now)
    return look(tracker, job, now), None


def _count(tracker: Tracker, counter: Counts) -> tuple[Tracker, CallError | None]:
    if not tracker.uncounted:
        return tracker, None
    try:
        counter.count(Measurement.from_state(tracker.uncounted))
    except CallError as trouble:
        log_tracker("not counted", tracker, level="WARNING", why=str(trouble), kind=trouble.kind.value)
        return tracker, trouble
    return replace(tracker, uncounted={}), None


def _tell(tracker: Tracker, bus: Bus) -> tuple[Tracker, CallError | None]:
    while tracker.unpublished:
        change = StatusChange(tracker.kind, tracker.unpublished[0])
        try:
            bus.publish(change)
        except CallError as trouble:
            log_tracker("not told", tracker, level="WARNING", why=str(trouble), kind=trouble.kind.value)
            return tracker, trouble
        log_tracker("status", tracker, **change.words)
        tracker = replace(tracker, unpublished=tracker.unpublished[1:])
    return tracker, None
