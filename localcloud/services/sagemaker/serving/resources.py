"""Models, endpoint configurations, endpoints and inference components: what they have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any, TypeVar

from localcloud.kernel.api import ApiError


class Kind(StrEnum):
    """A kind of resource, as the API's operations and members are called after it."""

    MODEL = "Model"
    CONFIG = "EndpointConfig"
    ENDPOINT = "Endpoint"
    COMPONENT = "InferenceComponent"

    @property
    def member(self) -> str:
        """The member of a request that names one."""
        return f"{self}Name"

    @property
    def in_arns(self) -> str:
        """The resource type in an ARN."""
        return {"EndpointConfig": "endpoint-config", "InferenceComponent": "inference-component"}.get(
            self, self.lower()
        )

    @property
    def in_messages(self) -> str:
        """The name in an error message."""
        words = {"EndpointConfig": "endpoint configuration", "InferenceComponent": "inference component"}
        return words.get(self, self.lower())


@dataclass(eq=False)
class Resource:
    """One resource. Times are clock seconds since 1970.

    Attributes:
        request: The request that created it.
    """

    kind: Kind
    name: str
    arn: str
    account: str
    region: str
    request: Mapping[str, Any]
    created: float
    tags: dict[str, str] = field(default_factory=dict)


_Kept = TypeVar("_Kept", bound=Resource)


class Shelf:
    """The resources that there are, by their ARNs, whose spelling does not matter."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}
        self._gone: list[tuple[Resource, float]] = []

    def add(self, resource: Resource) -> None:
        """Keep a new resource.

        Raises:
            ApiError: Its name is taken.
        """
        self.check_free(resource)
        self._resources[resource.arn.lower()] = resource

    def check_free(self, new: Resource) -> None:
        """Raise ApiError if the name of a new resource is taken."""
        if new.arn.lower() in self._resources:
            raise invalid(f'Cannot create already existing {new.kind.in_messages} "{new.arn}".')

    def get(self, arn: str) -> Resource | None:
        """The resource of an ARN; None if there is none."""
        return self._resources.get(arn.lower())

    def find(self, kind: type[_Kept], arn: str, what: Kind) -> _Kept:
        """The resource of an ARN. Raises ApiError if there is none."""
        found = self._resources.get(arn.lower())
        if not isinstance(found, kind):
            raise missing(what, arn)
        return found

    def seen(self, arn: str, time: float) -> Resource | None:
        """The resource that an ARN had at a time; None if there was none."""
        known = [*self._gone, *((resource, inf) for resource in self._resources.values())]
        for resource, until in known:
            if resource.arn.lower() == arn.lower() and resource.created <= time < until:
                return resource
        return None

    def remove(self, resource: Resource, time: float) -> None:
        """Forget a resource that was deleted at a time."""
        self._gone.append((resource, time))
        self._resources.pop(resource.arn.lower(), None)

    def of(self, kind: Kind) -> Iterator[Resource]:
        """The resources of a kind, in the order of their creation."""
        return (resource for resource in list(self._resources.values()) if resource.kind is kind)

    def clear(self) -> None:
        self._resources.clear()
        self._gone.clear()


def members(request: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the named members that a request has."""
    return {name: deepcopy(request[name]) for name in names if request.get(name) is not None}


def missing(kind: Kind, arn: str) -> ApiError:
    """The error of a call about a resource that is not there."""
    return invalid(f'Could not find {kind.in_messages} "{arn}".')


def invalid(message: str) -> ApiError:
    """The error of a call that SageMaker does not accept."""
    return ApiError("ValidationException", message)
