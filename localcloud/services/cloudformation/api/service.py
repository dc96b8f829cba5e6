"""The operations of CloudFormation's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.services.cloudformation.api.change_sets import ChangeSetOperations
from localcloud.services.cloudformation.api.deploying import Deploying
from localcloud.services.cloudformation.api.reading import Reading
from localcloud.services.cloudformation.api.templates import Templates
from localcloud.services.cloudformation.change_sets import ChangeSets
from localcloud.services.cloudformation.engine import Engine

Handler = Callable[[Mapping[str, Any]], dict[str, Any]]


class CloudFormationService:
    """CloudFormation on the local cloud's port."""

    service = "cloudformation"
    operations: frozenset[str] | None = None

    def __init__(self, engine: Engine) -> None:
        self.change_sets = ChangeSets()
        deploying = Deploying(engine, self.change_sets)
        change_sets = ChangeSetOperations(engine, self.change_sets, deploying)
        reading, templates = Reading(engine), Templates(engine, self.change_sets)
        self._handlers: dict[str, Handler] = {
            "CancelUpdateStack": deploying.cancel_update_stack,
            "ContinueUpdateRollback": deploying.continue_update_rollback,
            "CreateChangeSet": change_sets.create_change_set,
            "CreateStack": deploying.create_stack,
            "DeleteChangeSet": change_sets.delete_change_set,
            "DeleteStack": deploying.delete_stack,
            "DescribeChangeSet": change_sets.describe_change_set,
            "DescribeEvents": reading.describe_events,
            "DescribeStackEvents": reading.describe_stack_events,
            "DescribeStackResource": reading.describe_stack_resource,
            "DescribeStackResources": reading.describe_stack_resources,
            "DescribeStacks": reading.describe_stacks,
            "ExecuteChangeSet": change_sets.execute_change_set,
            "GetTemplate": templates.get_template,
            "GetTemplateSummary": templates.get_template_summary,
            "ListChangeSets": change_sets.list_change_sets,
            "ListExports": reading.list_exports,
            "ListHookResults": reading.list_hook_results,
            "ListImports": reading.list_imports,
            "ListStackResources": reading.list_stack_resources,
            "ListStacks": reading.list_stacks,
            "RollbackStack": deploying.rollback_stack,
            "UpdateStack": deploying.update_stack,
            "UpdateTerminationProtection": deploying.update_termination_protection,
        }

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        """Carry a call out. Raises ApiError."""
        return self.call(request.operation, request.parameters)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """As `handle`, for callers in this process."""
        handler = self._handlers.get(operation)
        if handler is None:
            raise ApiError("InvalidAction", f"the local cloud has no cloudformation:{operation}")
        return handler(parameters)
