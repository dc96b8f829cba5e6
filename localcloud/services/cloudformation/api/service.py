"""The operations of CloudFormation's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.services.cloudformation.api.change_sets import ChangeSetOperations
from localcloud.services.cloudformation.api.deploying import Deploying
from localcloud.services.cloudformation.api.reading import Reading
from localcloud.services.cloudformation.api.templates import Templates
from localcloud.services.cloudformation.change_sets import ChangeSets
from localcloud.services.cloudformation.engine import Engine


class CloudFormationService:
    """CloudFormation on the local cloud's port."""

    service = "cloudformation"
    operations: frozenset[str] | None = None

    def __init__(self, engine: Engine) -> None:
        self.change_sets = ChangeSets()
        deploying = Deploying(engine, self.change_sets)
        # Each has a method for each of its operations, by the operation's name in snake case.
        self._parts = (
            deploying,
            ChangeSetOperations(engine, self.change_sets, deploying),
            Reading(engine),
            Templates(engine, self.change_sets),
        )

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        """Carry a call out. Raises ApiError."""
        return self.call(request.operation, request.parameters)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """As `handle`, for callers in this process."""
        for part in self._parts:
            if (handler := getattr(part, xform_name(operation), None)) is not None:
                result: Mapping[str, Any] = handler(parameters)
                return result
        raise ApiError("InvalidAction", f"the local cloud has no cloudformation:{operation}")
