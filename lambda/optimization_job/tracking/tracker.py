"""The memory of a tracker from look to look, which the state machine keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..cloudformation.request import Request
from ..contract import JOB_TYPE
from ..log import log
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from ..sagemaker.kinds import KINDS
from .history import History


@dataclass(frozen=True)
class Tracker:
    """The run of a job that is followed, and how far that has come.

    Trackers that are on their way when the function is deployed again go on with the new one: members may be
    added, with a default, and none may change its meaning.
    """

    job_name: str
    job_arn: str
    #: The job's CreationTime: a job that runs again under its name has another.
    run: str
    stack_id: str
    logical_resource_id: str
    #: The last status that was seen.
    status: str = ""
    #: How many changes of the status have been seen.
    changes: int = 0
    #: Those that EventBridge has not taken yet, the oldest first, as details of events; and when each was
    #: seen.
    unpublished: tuple[dict[str, Any], ...] = ()
    #: The history of this execution, and how many executions there were before it.
    history: History = field(default_factory=History)
    handovers: int = 0
    #: True if the last look found no job.
    missing: bool = False
    #: When it began that the status cannot be learned or told, in ISO 8601.
    failing_since: str = ""
    #: The measurement of the job that has ended, until it is counted.
    uncounted: dict[str, Any] = field(default_factory=dict)
    #: The type of the resource, which says of what kind the job is.
    resource_type: str = JOB_TYPE

    @classmethod
    def of(cls, job: Job, request: Request) -> Tracker:
        """A tracker that has not looked at the job yet."""
        return cls(
            job_name=job.name,
            job_arn=job.arn,
            run=job.run,
            stack_id=request.stack_id,
            logical_resource_id=request.logical_resource_id,
            resource_type=request.resource_type,
        )

    @property
    def kind(self) -> JobKind:
        """The kind of job that is followed."""
        return KINDS[self.resource_type]

    @property
    def stack_name(self) -> str:
        """The name of the stack that the job belongs to."""
        return self.stack_id.split(":", 5)[-1].split("/")[1]

    def as_state(self) -> dict[str, Any]:
        """The tracker as the state machine keeps it."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Tracker:
        """The tracker that the state machine kept; members of another release are ignored."""
        known = {name: value for name, value in state.items() if name in _NAMES}
        unpublished = tuple(known.get("unpublished") or ())
        history = History.from_state(known.get("history"))
        return cls(**{**known, "unpublished": unpublished, "history": history})


_NAMES = {each.name for each in fields(Tracker)}


def log_tracker(decision: str, tracker: Tracker, *, level: str = "INFO", **details: object) -> None:
    """A line about a tracker: which job of which stack it follows, and what else is worth knowing."""
    log(
        decision,
        None,
        level=level,
        job=tracker.job_name,
        logical_resource_id=tracker.logical_resource_id,
        stack=tracker.stack_name,
        **details,
    )
