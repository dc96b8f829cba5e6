"""The memory of one request from step to step, which the state machine keeps.

It holds what cannot be asked again, so that a repeated step does the right thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..sagemaker.kind import JobKind

#: How the names of doubts begin whether a job exists.
NO_JOB = "there is no job "

#: So much of a message is remembered.
_MESSAGE = 600


@dataclass(frozen=True)
class Memory:
    """The memory of one request; each member is left out of the state while it has its default."""

    #: True if CreateOptimizationJob was called and may have worked.
    tried: bool = False
    #: True if a step came to no end, so that what it did is not known.
    repeated: bool = False
    #: True if CreateOptimizationJob has worked, so that the job of this name is the request's own.
    created: bool = False
    #: The ARN of what the request has created, where names are not unique.
    made: str = ""
    #: The run of a job that failed whose record is being removed, so that it can run again under its name.
    removing: str = ""
    #: True if the tags have been brought up to date.
    tagged: bool = False
    #: Why the job that this request started must end, if it must.
    abandoned: str = ""
    #: The jobs that must end although the stack has them not as resources, each with the run of it that is
    #: meant, if that is known. What is left of them when the request has its response is ended after it. The
    #: job of an update that succeeds is one of them until CloudFormation has it as the resource.
    left_over: dict[str, str] = field(default_factory=dict)
    #: Since when (seconds after the request) each thing has been in the way, and what the API says of it.
    since: dict[str, float] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    #: When each Stop and Delete was asked for.
    asked: dict[str, float] = field(default_factory=dict)
    #: Until when nothing is done.
    until: float = 0.0
    #: True if the request is known to belong to an operation before the present one.
    late: bool = False
    #: When the stack's present update began, as far as CloudFormation has said: what says less is old.
    began: str = ""

    def met(self, obstacle: str, elapsed: float, message: str = "") -> Memory:
        """With something in the way; its clock starts if it is new."""
        since = {obstacle: elapsed, **self.since}
        messages = {**self.messages, obstacle: message[:_MESSAGE]} if message else self.messages
        return replace(self, since=since, messages=messages)

    def over(self, obstacles: str) -> Memory:
        """Without the obstacles whose names begin so: what they were in the way of has worked."""
        if not any(name.startswith(obstacles) for name in self.since):
            return self
        return replace(
            self,
            since={name: when for name, when in self.since.items() if not name.startswith(obstacles)},
            messages={name: text for name, text in self.messages.items() if not name.startswith(obstacles)},
        )

    def after_a_create(self, job_name: str = "", *, is_unique: bool = True) -> Memory:
        """Without the doubts whether one job, or any, exists: one that was missing may have been created.

        Where names are not unique, what was asked for concerned the one before.
        """
        return replace(self.over(f"{NO_JOB}{job_name}"), asked=self.asked if is_unique else {})

    def may_have_created(self, kind: JobKind) -> bool:
        """True if this request may have created its job, and SageMaker would not refuse a second one."""
        return self.created or ((self.tried or self.repeated) and not kind.names_are_unique)

    def give_up(self, job_name: str, run: str, reason: str) -> Memory:
        """With the reason why the request's job must end."""
        return replace(self.left(job_name, run), abandoned=reason)

    def left(self, job_name: str, run: str = "") -> Memory:
        """With a job that must end, or may have to."""
        return replace(self, left_over={**self.left_over, job_name: run})

    def rid_of(self, job_name: str) -> Memory:
        """Without a job that had to end: there is nothing left to do about it."""
        return replace(
            self, left_over={name: run for name, run in self.left_over.items() if name != job_name}
        )

    def as_state(self) -> dict[str, Any]:
        """The memory as the state machine keeps it."""
        return {
            name: value for name, default in _DEFAULTS.items() if (value := getattr(self, name)) != default
        }

    @classmethod
    def from_state(cls, state: dict[str, Any] | None) -> Memory:
        """The memory that the state machine kept; members of another release are ignored."""
        return cls(**{name: value for name, value in (state or {}).items() if name in _DEFAULTS})


_DEFAULTS = {each.name: getattr(Memory(), each.name) for each in fields(Memory)}
