"""The record of a stack: its resources, its events, and its last stable state."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from localcloud.services.cloudformation.template import EMPTY, Parameter, Template


@dataclass(frozen=True)
class Physical:
    """One physical resource, as it was last made or changed.

    Attributes:
        properties: The resolved properties it has.
        attributes: What Fn::GetAtt reads.
        tags: The stack's tags it carries.
        handle: The provider's own object, if it keeps one.
        no_echo: Whether its attributes must not be shown.
    """

    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    handle: Any = None
    no_echo: bool = False


@dataclass
class Resource:
    """A logical resource of a stack.

    Attributes:
        physical: None if there is nothing yet, or nothing any more.
        attempted: The properties of a request that failed or was given up, so that its progress is
            unknown.
        shown_id: The physical id that the API shows; kept after a deletion.
    """

    logical_id: str
    type: str
    status: str
    updated: datetime
    reason: str | None = None
    physical: Physical | None = None
    attempted: Mapping[str, Any] | None = None
    shown_id: str | None = None
    dependencies: frozenset[str] = frozenset()
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """A physical resource that is to be deleted.

    Attributes:
        resource: The logical resource whose status tells of the deletion; None if that stands for another
            physical one by now.
    """

    logical_id: str
    type: str
    physical: Physical | None
    policy: str
    dependencies: frozenset[str]
    resource: Resource | None = None
    created_now: bool = False

    @property
    def key(self) -> str:
        return f"{self.logical_id} {self.physical.physical_id if self.physical else ''}"


@dataclass(frozen=True)
class Cause:
    """The operation that an event belongs to, and the token of its caller."""

    operation_id: str
    token: str | None = None


@dataclass(frozen=True)
class Event:
    """One event of a stack."""

    event_id: str
    logical_id: str
    physical_id: str
    type: str
    time: datetime
    status: str
    cause: Cause
    reason: str | None = None
    properties: str | None = None


@dataclass(frozen=True)
class Settings:
    """The state that an operation asks of a stack.

    Attributes:
        template: The template, with its parameters' values and the stack's tags.
        role_arn: The role that was handed in; recorded, not used.
    """

    template: Template = EMPTY
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str | None = None


@dataclass(frozen=True)
class Output:
    """An output of a stack."""

    key: str
    value: str
    description: str | None = None
    export_name: str | None = None


@dataclass(frozen=True)
class Stable:
    """The state of a stack after its last operation that succeeded. A rollback returns to it."""

    settings: Settings
    resources: Mapping[str, Resource]
    outputs: tuple[Output, ...]


@dataclass
class Stack:
    """A stack. Everything here is read and written under the engine's lock.

    Attributes:
        leftovers: Physical resources that newer ones have replaced; deleted once everything else has
            succeeded.
        past: Its state after each of its events, if reads lag.
    """

    stack_id: str
    name: str
    region: str
    account: str
    created: datetime
    status: str
    reason: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    settings: Settings = field(default_factory=Settings)
    stable: Stable | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    leftovers: list[Item] = field(default_factory=list)
    outputs: tuple[Output, ...] = ()
    events: list[Event] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    change_set_id: str | None = None
    disable_rollback: bool = False
    termination_protection: bool = False
    retain_except_on_create: bool = False
    timeout_minutes: int | None = None
    parent_id: str | None = None
    root_id: str | None = None
    deployment_mode: str | None = None
    past: list[tuple[float, Stack]] = field(default_factory=list)

    def as_of(self, time: float) -> Stack | None:
        """Return the stack as it was at a time; None if there was none."""
        if time < self.created.timestamp():
            return None
        first = self.past[0][1] if self.past else self
        return next((stack for since, stack in reversed(self.past) if since <= time), first)

    def remember(self, time: float) -> None:
        """Keep the present state of the stack for reads that lag."""
        resources = {name: copy(resource) for name, resource in self.resources.items()}
        self.past.append((time, replace(self, resources=resources, past=[])))

    @property
    def in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def exists(self) -> bool:
        return self.status != "DELETE_COMPLETE"
