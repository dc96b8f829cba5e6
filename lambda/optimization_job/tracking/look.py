"""One look at a job: what has changed, and when to look again. Calls nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..cloudformation.request import Request
from ..errors import CallError, ErrorKind
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from .history import History
from .measurement import Measurement
from .status_change import DELETED, StatusChange
from .tracker import Tracker

#: Seconds between two looks: a thirtieth of the job's age, but not less and not more than these.
_SHORTEST_PAUSE = 60
_LONGEST_PAUSE = 300
_PART_OF_THE_AGE = 30

#: Seconds after which a tracker that learns or tells nothing any more is given up. A permission that is
#: missing for so long was taken away.
_PATIENCE = 24 * 3_600
_PATIENCE_WITHOUT_PERMISSION = 900


@dataclass(frozen=True)
class Look:
    """Look again after this many seconds; with a new execution if this one's history has become long."""

    seconds: int
    tracker: Tracker
    hands_over: bool = False


@dataclass(frozen=True)
class End:
    """There is nothing to follow any more, or no way to."""

    why: str
    #: True if the job may go on, with nobody to tell.
    lost: bool = False


def begin(job: Job, request: Request, now: datetime) -> Tracker:
    """The tracker of a run of a job, which has its first status already."""
    return look(Tracker.of(job, request), job, now)


def look(tracker: Tracker, job: Job | None, now: datetime) -> Tracker:
    """The tracker, with what has changed since it looked last.

    Args:
        tracker: as it was after the look before.
        job: the job of this name; None if there is none.
        now: the time of this look.
    """
    is_there = job is not None and job.run == tracker.run
    if not is_there and not tracker.missing:
        # Whether it is really gone, the next look says.
        return replace(tracker, missing=True)
    if job is None or not is_there:
        return _changed(tracker, None, now)
    tracker = replace(tracker, missing=False)
    # A status that the job has left already is what it was a moment ago.
    is_old = _rank(job.kind, job.status) < _rank(job.kind, tracker.status)
    return tracker if is_old or job.status == tracker.status else _changed(tracker, job, now)


def is_over(tracker: Tracker) -> bool:
    """True if the status is one that no other follows."""
    return tracker.status in (*tracker.kind.ended, DELETED)


def failing(tracker: Tracker, trouble: CallError | None, now: datetime) -> Tracker:
    """The tracker, with what is in its way now, if anything."""
    if trouble is None:
        return replace(tracker, failing_since="")
    return tracker if tracker.failing_since else replace(tracker, failing_since=now.isoformat())


def what_next(tracker: Tracker, trouble: CallError | None, now: datetime) -> Look | End:
    """The step that comes after a look.

    Args:
        tracker: as it is after the look.
        trouble: the error in the way of learning the status, or of telling it; None if both worked.
        now: the time of the look.
    """
    if trouble is not None:
        lasted = (now - datetime.fromisoformat(tracker.failing_since)).total_seconds()
        if lasted >= (_PATIENCE_WITHOUT_PERMISSION if trouble.kind is ErrorKind.PERMISSION else _PATIENCE):
            return End(f"for {int(lasted)} seconds: {trouble}", lost=True)
    elif is_over(tracker):
        return End(f"the job is {tracker.status}")
    seconds = _pause(tracker, now)
    if tracker.history.is_long:
        handed = replace(tracker, history=History(), handovers=tracker.handovers + 1)
        return Look(seconds, handed, hands_over=True)
    return Look(seconds, replace(tracker, history=tracker.history.until(now, seconds)))


def _rank(kind: JobKind, status: str) -> int:
    """The position of a status on the way of a job; an unknown one stands shortly before its end."""
    on_the_way = ("", *kind.running, kind.stopping)
    if status in kind.ended:
        return len(on_the_way) + 1
    return on_the_way.index(status) if status in on_the_way else len(on_the_way)


def _pause(tracker: Tracker, now: datetime) -> int:
    age = (now - datetime.fromisoformat(tracker.run)).total_seconds()
    return int(min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, age / _PART_OF_THE_AGE)))


def _changed(tracker: Tracker, job: Job | None, now: datetime) -> Tracker:
    change = StatusChange.to(tracker, job, now)
    return replace(
        tracker,
        uncounted=_measured(tracker, job) if job is not None and job.has_ended else tracker.uncounted,
        status=change.detail[tracker.kind.status_member],
        changes=tracker.changes + 1,
        unpublished=(*tracker.unpublished, change.detail),
        missing=False,
    )


def _measured(tracker: Tracker, job: Job) -> dict[str, Any]:
    return Measurement.of(job, tracker.stack_id, tracker.logical_resource_id).as_state()
