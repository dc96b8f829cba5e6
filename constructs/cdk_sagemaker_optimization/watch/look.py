"""The state of the jobs and their stacks at one moment, as every view shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: The status of a resource that has no job yet, or whose creation failed before there was one.
NOT_CREATED = "NOT_CREATED"

#: The status of a job that SageMaker does not know: its record was deleted, or it was created seconds ago.
NOT_FOUND = "NOT_FOUND"

_STARTING, _RUNNING = "STARTING", "INPROGRESS"

#: SageMaker's statuses of a job that may still change, in the order in which a job has them.
RUNNING = (_STARTING, _RUNNING, "STOPPING")

_COMPLETED = "COMPLETED"
_FAILED = ("FAILED", "STOPPED")

#: The seconds in which a read of AWS may be older than the newest change.
LAG = 60


@dataclass(frozen=True)
class Job:
    """An optimization job of a stack.

    Attributes:
        name: The job's name. Empty if there is no job.
        status: SageMaker's status, `NOT_CREATED` or `NOT_FOUND`.
        logical_id: The resource's logical id. Of a pipeline's job, the one in its events.
        resource_status: CloudFormation's status of the resource. Empty for a job that is no longer, or not
            yet again, the resource's, and for a pipeline's.
        updated: When the resource's status last changed.
        reason: SageMaker's reason for the job's end, or CloudFormation's for the resource's status.
        instances: The most instances that the job may use.
        max_runtime: Seconds, as the other limits; None for a limit that the job does not have.
    """

    name: str
    logical_id: str
    status: str
    resource_status: str = ""
    updated: datetime | None = None
    arn: str = ""
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    reason: str = ""
    instance_type: str = ""
    instances: int = 1
    max_runtime: int | None = None
    max_pending_time: int | None = None
    output_location: str = ""
    image: str = ""
    in_pipeline: bool = False

    @property
    def has_ended(self) -> bool:
        """True for a status that never changes again."""
        return self.status == _COMPLETED or self.has_failed

    @property
    def has_failed(self) -> bool:
        """True for a job that ended without an artifact."""
        return self.status in _FAILED

    @property
    def is_running(self) -> bool:
        """True while the job may cost something or may change, also in a status that is not known."""
        return not self.has_ended and self.status not in (NOT_CREATED, NOT_FOUND)

    @property
    def is_pending(self) -> bool:
        """True while SageMaker looks for an instance."""
        return self.status == _STARTING

    def age(self, now: datetime) -> float | None:
        """Return the seconds from the job's creation to its end, or to now."""
        return None if self.created is None else _seconds(self.created, self.ended or now)

    def pending_time(self, now: datetime) -> float | None:
        """Return the seconds that the job has waited for an instance. None if they are not known."""
        if self.created is None:
            return None
        if self.is_pending:
            # AWS does not document that a job without an instance has no start time.
            return _seconds(self.created, now)
        until = self.started or self.ended
        return None if until is None else _seconds(self.created, until)

    def run_time(self, now: datetime) -> float | None:
        """Return the seconds that the job has run. None if it has not run.

        A running job without a start time counts from its creation, so the result is never too small.
        """
        if self.is_pending:
            return None
        since = self.started or (self.created if self.status == _RUNNING else None)
        return None if since is None else _seconds(since, self.ended or now)

    def may_just_be_created(self, now: datetime) -> bool:
        """Return whether a job that was not found may be too new to be seen."""
        is_new = self.updated is not None and _seconds(self.updated, now) < LAG
        return self.status == NOT_FOUND and is_new


@dataclass(frozen=True)
class Resource:
    """A resource of a stack.

    Attributes:
        updated: When its status last changed.
    """

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    updated: datetime


@dataclass(frozen=True)
class Event:
    """A change of the status of a resource, or of the stack itself."""

    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True)
class Stack:
    """A stack.

    Attributes:
        changed: When its last operation began, or when it ended in its deletion.
        has_jobs: Whether its template has a job, which may not exist any more, or not yet, or a pipeline of
            it has run one.
        jobs: Its jobs, those that run first.
        waiting_for: The resources that are in progress, the oldest first.
        events: Its last events, the newest first.
        failure: The first failure of the last operation.
        log_groups: The names of the log groups that the stack has, among them the function's.
    """

    id: str
    name: str
    status: str
    reason: str
    changed: datetime
    parent_id: str = ""
    has_jobs: bool = True
    jobs: tuple[Job, ...] = ()
    waiting_for: tuple[Resource, ...] = ()
    events: tuple[Event, ...] = ()
    failure: Event | None = None
    log_groups: tuple[str, ...] = ()

    @property
    def is_in_progress(self) -> bool:
        """True while CloudFormation works on the stack."""
        return is_in_progress(self.status)

    @property
    def has_failed(self) -> bool:
        """True if the last operation failed, or is being rolled back."""
        return "FAILED" in self.status or "ROLLBACK" in self.status

    @property
    def has_trouble(self) -> bool:
        """True if the last operation or a job failed."""
        return self.has_failed or any(job.has_failed for job in self.jobs)

    def is_at_rest(self, now: datetime) -> bool:
        """Return whether nothing of it will change by itself."""
        return not self.is_in_progress and not any(
            job.is_running or job.may_just_be_created(now) for job in self.jobs
        )


@dataclass(frozen=True)
class Look:
    """Everything that was seen at one time.

    Attributes:
        time: When this was asked for.
        seen: When the stacks and jobs were in this state. Before `time` if there is a problem; None if
            nothing was seen yet.
        others_in_progress: Whether CloudFormation works on another stack, which may get a job.
        problem: The reason why AWS did not show a newer state. Empty if it did.
    """

    region: str
    time: datetime
    seen: datetime | None
    stacks: tuple[Stack, ...] = ()
    others_in_progress: bool = False
    problem: str = ""

    @property
    def jobs(self) -> list[Job]:
        """The jobs of all stacks."""
        return [job for stack in self.stacks for job in stack.jobs]

    @property
    def has_failed(self) -> bool:
        """True if a job failed or was stopped, or the last operation of a stack failed."""
        return any(stack.has_trouble for stack in self.stacks)

    @property
    def is_at_rest(self) -> bool:
        """True if nothing will change by itself."""
        if self.problem or self.others_in_progress:
            return False
        return all(stack.is_at_rest(self.time) for stack in self.stacks)


def is_in_progress(stack_status: str) -> bool:
    """Return whether CloudFormation works on a stack with this status. A change set alone does not count."""
    return stack_status.endswith("_IN_PROGRESS") and stack_status != "REVIEW_IN_PROGRESS"


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())
