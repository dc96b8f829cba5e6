"""The interface of the providers, each of which makes the resources of one type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.kernel.site import Site
from localcloud.services.cloudformation.errors import TemplateError
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.work import Work


@dataclass(frozen=True)
class ResourceRequest:
    """A request to make, change or delete one resource.

    Attributes:
        client: Makes a boto3 client of the administrator of the account.
        properties: The resolved properties it is to have; for a deletion those it has.
        old_properties: The properties it is to be changed from.
        tags: The stack's tags, with those that CloudFormation adds.
        initiated: To be told a new resource's physical id, as soon as it is known.
        work: What the request is part of; raises `Cancelled` out of its waits once that is given up.
        skip: What a rollback leaves as it is, as ContinueUpdateRollback names it.
    """

    site: Site
    client: Callable[[str], Any]
    work: Work
    stack_id: str
    stack_name: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    initiated: Callable[[str], None] = lambda _: None
    rolling_back: bool = False
    skip: frozenset[str] = frozenset()

    @property
    def region(self) -> str:
        return self.site.region

    @property
    def account(self) -> str:
        return self.site.account


class Provider(ABC):
    """Makes, changes and deletes the resources of one type.

    Attributes:
        attributes: What Fn::GetAtt can read; None if that is known only from the resource itself.
        name_property: The property that names the resource, if its names are unique.
        fixed: The properties whose change needs a new physical resource.
        changeable: The only properties whose change does not, if there are few of them.
        taggable: Whether the stack's tags reach it.
        settle_seconds: How long (clock) a resource takes before and after the call that makes, changes or
            deletes it.
    """

    attributes: Collection[str] | None = frozenset()
    name_property: str | None = None
    fixed: frozenset[str] = frozenset()
    changeable: frozenset[str] | None = None
    taggable: bool = True
    settle_seconds: float = 1.0

    @abstractmethod
    def create(self, request: ResourceRequest) -> Physical:
        """Make it. Raises ResourceFailure."""

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        """Change it in place. A custom resource may respond with another physical id. Raises ResourceFailure.

        Only types that can change in place need it.
        """
        raise NotImplementedError

    @abstractmethod
    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        """Delete it. It is not an error if it is already gone. Raises ResourceFailure."""

    def replaces(self, changed: frozenset[str]) -> bool:
        """Return whether a change of these properties needs a new physical resource."""
        return bool(changed & self.fixed if self.changeable is None else changed - self.changeable)

    def attribute(self, physical: Physical, name: str) -> Any:
        """Return the value that Fn::GetAtt reads. Raises TemplateError."""
        if name not in physical.attributes:
            raise TemplateError(
                f"Template error: resource does not support attribute type {name} in Fn::GetAtt"
            )
        return physical.attributes[name]

    def clean_up(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: B027
        """Drop what was kept for a rollback, after the whole operation has succeeded.

        Only nested stacks keep anything.
        """
