"""One optimization job. Its status follows from its script, its limits, a stop, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import Any, Literal, Protocol

from localcloud.services.sagemaker.script import JobScript

_LONGEST_REASON = 1024
_DEFAULT_MAX_RUNTIME = 24 * 60 * 60
"""MaxRuntimeInSeconds of a job that was given none, as SageMaker documents it."""


class Status(StrEnum):
    """The statuses of the service model."""

    STARTING = "STARTING"
    INPROGRESS = "INPROGRESS"
    STOPPING = "STOPPING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"

    @property
    def is_terminal(self) -> bool:
        return self in (Status.COMPLETED, Status.FAILED, Status.STOPPED)


class Work(Protocol):
    """The effects of a job on other services. Each step returns the reason if it fails."""

    def begin(self, job: Job) -> str | None:
        """Pull the image, read the source."""
        ...

    def abandon(self, job: Job) -> None:
        """Stop what it is in the middle of."""
        ...

    def finish(self, job: Job) -> str | None:
        """Write the artifact."""
        ...


@dataclass(frozen=True, slots=True)
class _Change:
    time: float
    status: Status
    reason: str | None = None


@dataclass(eq=False)
class Job:
    """One job, from its creation on. Times are clock seconds since 1970.

    Attributes:
        request: The CreateOptimizationJob request, as it arrived.
        at_limit: The status with which it ends at its MaxRuntimeInSeconds, and the reason; without one, the
            script says whether the reason is explained.
        history: Every status it has had, with the time from which it had it.
        deleting: When its record began to be deleted.
        deleted: When its record was deleted; None as long as the API knows it.
    """

    name: str
    arn: str
    account: str
    region: str
    request: Mapping[str, Any]
    created: float
    script: JobScript = field(default_factory=JobScript)
    tags: dict[str, str] = field(default_factory=dict)
    at_limit: tuple[Literal["STOPPED", "FAILED"], str] = ("STOPPED", "")
    status: Status = Status.STARTING
    started: float | None = None
    ended: float | None = None
    deleting: float | None = None
    deleted: float | None = None
    reason: str | None = None
    history: list[tuple[float, Status]] = field(default_factory=list)
    _stop_at: float = inf
    _stop_seconds: float | None = None
    _stopping_until: float = inf
    _stop_reason: str | None = None
    _gone_at: float = inf
    _tagged: list[tuple[float, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history.append((self.created, self.status))
        self._tagged.append((self.created, dict(self.tags)))

    @property
    def modified(self) -> float:
        """The time at which its status last changed."""
        return self.history[-1][0]

    @property
    def is_running(self) -> bool:
        return not self.status.is_terminal

    def settle(self, now: float, work: Work) -> None:
        """Let everything happen that was due until `now`, each at its own time."""
        while (change := self._next_change()) is not None and change.time <= now:
            self._apply(change, work)
        if self._gone_at <= now:
            self.deleted = self._gone_at

    def stop(self, now: float, seconds: float | None = None, *, lag: float = 0) -> None:
        """Begin to stop after `lag` seconds, and take `seconds` or as long as the script says.

        A job that is stopping goes on with that.
        """
        if self.status is Status.STOPPING:
            return
        if lag:
            self._stop_at, self._stop_seconds = min(self._stop_at, now + lag), seconds
            return
        self._stopping_until = now + (self.script.stopping if seconds is None else seconds)
        self._enter(Status.STOPPING, now)

    def tag(self, tags: Mapping[str, str], now: float) -> None:
        """Give it other tags."""
        self.tags = dict(tags)
        self._tagged.append((now, self.tags))

    def delete(self, now: float, lag: float) -> None:
        """Begin to delete its record, which is gone after `lag` seconds."""
        if self.deleting is None:
            self.deleting, self._gone_at = now, now + lag
        if self._gone_at <= now:
            self.deleted = now

    def as_of(self, time: float) -> Job:
        """The job as it was at a time since its creation. It is only there to be read."""
        past = copy(self)
        past.history = [entry for entry in self.history if entry[0] <= time]
        past.status = past.history[-1][1]
        past.started = None if self.started is None or self.started > time else self.started
        past.ended = None if self.ended is None or self.ended > time else self.ended
        past.reason = None if past.ended is None else self.reason
        past.deleting = None if self.deleting is None or self.deleting > time else self.deleting
        past.tags = [tags for since, tags in self._tagged if since <= time][-1]
        return past

    # --- what happens next ----------------------------------------------------------------------------------

    def _next_change(self) -> _Change | None:
        match self.status:
            case Status.STARTING:
                return min(self._start(), self._late_stop(), *self._limits(), key=_by_time)
            case Status.INPROGRESS:
                return min(self._outcome(), self._late_stop(), *self._limits(), key=_by_time)
            case Status.STOPPING:
                return _Change(self._stopping_until, Status.STOPPED, self._stop_reason)
            case _:
                return None

    def _start(self) -> _Change:
        return _Change(self.created + self.script.starting, Status.INPROGRESS)

    def _outcome(self) -> _Change:
        assert self.started is not None
        return _Change(self.started + self.script.runtime, Status(self.script.outcome), self.script.reason)

    def _late_stop(self) -> _Change:
        return _Change(self._stop_at, Status.STOPPING)

    def _limits(self) -> list[_Change]:
        limits = self.request["StoppingCondition"]
        since_creation = {"MaxWaitTimeInSeconds": limits.get("MaxWaitTimeInSeconds", inf)}
        if self.started is None:
            since_creation["MaxPendingTimeInSeconds"] = limits.get("MaxPendingTimeInSeconds", inf)
            return [self._limit(name, seconds, self.created) for name, seconds in since_creation.items()]
        return [
            self._max_runtime(limits.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME)),
            *(self._limit(name, seconds, self.created) for name, seconds in since_creation.items()),
        ]

    def _max_runtime(self, seconds: float) -> _Change:
        assert self.started is not None
        status, reason = self.at_limit
        if status == "FAILED":
            return _Change(self.started + seconds, Status.FAILED, reason or None)
        limit = self._limit("MaxRuntimeInSeconds", seconds, self.started)
        return replace(limit, reason=reason) if reason else limit

    def _limit(self, name: str, seconds: float, since: float) -> _Change:
        return _Change(
            since + seconds,
            Status.STOPPING,
            f"The job was stopped because it exceeded {name} ({seconds} seconds)",
        )

    # --- making it happen -----------------------------------------------------------------------------------

    def _apply(self, change: _Change, work: Work) -> None:
        match change.status:
            case Status.STOPPING:
                self._stop_reason = change.reason if self.script.explains_limits else None
                self.stop(change.time, self._stop_seconds)
            case Status.INPROGRESS:
                self.started = change.time
                self._enter(Status.INPROGRESS, change.time)
                if (failure := work.begin(self)) is not None:
                    self._end(Status.FAILED, change.time, failure)
            case Status.COMPLETED if (failure := work.finish(self)) is not None:
                self._end(Status.FAILED, change.time, failure)
            case _:
                if change.status is Status.STOPPED and self.started is not None:
                    work.abandon(self)
                self._end(change.status, change.time, change.reason)

    def _end(self, status: Status, time: float, reason: str | None) -> None:
        self.ended = time
        self.reason = reason[:_LONGEST_REASON] if reason is not None else None
        self._enter(status, time)

    def _enter(self, status: Status, time: float) -> None:
        self.status = status
        self.history.append((time, status))


def _by_time(change: _Change) -> float:
    return change.time
