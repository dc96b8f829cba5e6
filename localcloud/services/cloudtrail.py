"""CloudTrail, as far as the CDK CLI asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.kernel.api import ApiRequest


class Trail:
    """A trail without events.

    After a failed deployment the CDK CLI looks here for more about the failure. It asks again and again if
    it gets an error.
    """

    service = "cloudtrail"
    operations: frozenset[str] | None = frozenset({"LookupEvents"})

    def handle(self, _: ApiRequest) -> Mapping[str, Any]:
        """Return no events."""
        return {"Events": []}
