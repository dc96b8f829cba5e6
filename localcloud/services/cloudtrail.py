"""CloudTrail, as far as the CDK CLI asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.kernel.api import ApiRequest

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


class Trail:
    """Knows of no events.

    After a failed deployment the CDK CLI looks here for more about the failure, and asks again and again if
    it gets an error.
    """

    service = "cloudtrail"
    operations: frozenset[str] | None = frozenset({"LookupEvents"})

    def __init__(self, cloud: LocalCloud) -> None:
        cloud.server.register(self)

    def handle(self, _: ApiRequest) -> Mapping[str, Any]:
        return {"Events": []}
