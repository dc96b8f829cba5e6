"""The memory of a job that a pipeline waits for, which the state machine keeps."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from ..cloudformation.properties import JobProperties
from ..contract import (
    DEFAULT_PIPELINE_POLL_INTERVAL,
    DEFAULT_PIPELINE_QUOTA_TIMEOUT,
    JOB_TYPE,
    NAME_PREFIX,
    RESOURCE_TAG,
    STACK_TAG,
)
from ..deciding.memory import Memory
from ..log import log
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from ..sagemaker.kinds import KINDS
from ..tracking import Tracker
from ..tracking.history import History

#: As many digits as a generated name has of the place and the definition.
_DIGITS = 16


@dataclass(frozen=True)
class Run:
    """One attempt of a state to run a job.

    Runs that are under way when the function is deployed again go on with the new one: members may be added,
    with a default, and none may change its meaning.
    """

    #: The token that the state waits for.
    token: str
    #: The properties of a job, as those of the custom resource, in JSON.
    properties: str
    stack_id: str
    logical_resource_id: str
    #: Seconds between two looks at the job, and the most seconds that it waits for room in the quota.
    poll_interval: int = DEFAULT_PIPELINE_POLL_INTERVAL
    quota_timeout: int = DEFAULT_PIPELINE_QUOTA_TIMEOUT
    resource_type: str = JOB_TYPE
    #: When the state began, in ISO 8601.
    began: str = ""
    #: True if Step Functions has accepted the token: before that, nothing is created.
    heard: bool = False
    #: True if the job has its tracker.
    tracked: bool = False
    #: The history of this execution, and the number of executions before it.
    history: History = field(default_factory=History)
    handovers: int = 0
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> JobKind:
        """The kind of the job."""
        return KINDS[self.resource_type]

    @property
    def partition(self) -> str:
        """The partition of AWS that the stack is in."""
        return self.stack_id.split(":")[1]

    @property
    def region(self) -> str:
        """The stack's Region."""
        return self.stack_id.split(":")[3]

    @property
    def stack_name(self) -> str:
        """The stack's name."""
        return self.stack_id.split(":", 5)[-1].split("/")[1]

    @property
    def name(self) -> str:
        """The job's name. Another attempt has another token, and so another job."""
        prefix = json.loads(self.properties)[NAME_PREFIX]
        return f"{prefix}-{self._digest[:_DIGITS]}"

    @property
    def execution_name(self) -> str:
        """The name of the next execution, at most 80 characters."""
        return f"{self._digest}_{self.handovers}"

    def job_properties(self) -> JobProperties:
        """The properties, with their types.

        Raises:
            InvalidValueError: a version this function does not know, or a value that is not of its type.
        """
        return JobProperties.parse(self.kind, json.loads(self.properties))

    @property
    def own_tags(self) -> dict[str, str]:
        """The tags that show to which stack the job belongs."""
        return {STACK_TAG: self.stack_id, RESOURCE_TAG: self.logical_resource_id}

    def tracker(self, job: Job) -> Tracker:
        """The tracker of the job, as of one that a stack has created."""
        return Tracker(
            job_name=job.name,
            job_arn=job.arn,
            run=job.run,
            stack_id=self.stack_id,
            logical_resource_id=self.logical_resource_id,
            resource_type=self.resource_type,
        )

    def elapsed(self, now: datetime) -> float:
        """Seconds since the state began."""
        return (now - datetime.fromisoformat(self.began)).total_seconds()

    def repeated(self) -> Run:
        """The run if a step came to no end, so that it may have created the job."""
        return replace(self, memory=replace(self.remembered, tried=True).as_state())

    @property
    def remembered(self) -> Memory:
        """The memory of what cannot be asked again."""
        return Memory.from_state(self.memory)

    def as_state(self) -> dict[str, Any]:
        """The run as JSON has it."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any], began: str) -> Run:
        """The run of a state.

        Args:
            state: the state; its other members belong to a newer function.
            began: when the execution began, for a run that has just begun.
        """
        known = {name: value for name, value in state.items() if name in _NAMES}
        history = History.from_state(known.get("history"))
        return cls(**{**known, "history": history, "began": known.get("began") or began})

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()


_NAMES = {each.name for each in fields(Run)}


def log_run(decision: str, run: Run, *, level: str = "INFO", **details: object) -> None:
    """A line about a run: its job, whose that is, and what else is worth knowing, but never the token."""
    known = {
        name: value.replace(run.token, "…") if isinstance(value, str) else value
        for name, value in details.items()
    }
    log(
        decision,
        None,
        level=level,
        job=run.name,
        logical_resource_id=run.logical_resource_id,
        stack=run.stack_name,
        **known,
    )
