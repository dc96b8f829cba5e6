"""The operations on change sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation.admission import settings_for
from localcloud.services.cloudformation.api.deploying import PAUSED_STATUSES, Deploying, asked_in
from localcloud.services.cloudformation.api.paging import page
from localcloud.services.cloudformation.change_sets import ChangeSet, ChangeSets
from localcloud.services.cloudformation.changes import NO_CHANGES, Change, changes, has_changes
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import validation_error
from localcloud.services.cloudformation.lifecycle.operation import Operation
from localcloud.services.cloudformation.names import change_set_arn
from localcloud.services.cloudformation.stacks import Cause, Settings, Stack

_PAGE = 100
_REPEATED = (
    "Description",
    "Capabilities",
    "NotificationARNs",
    "ImportExistingResources",
    "DeploymentConfig",
)


class ChangeSetOperations:
    """Makes, shows, executes and deletes change sets."""

    def __init__(self, engine: Engine, change_sets: ChangeSets, deploying: Deploying) -> None:
        self._engine = engine
        self._change_sets = change_sets
        self._deploying = deploying

    def create_change_set(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        engine = self._engine
        stack_name, name = str(parameters["StackName"]), str(parameters["ChangeSetName"])
        kind = str(parameters.get("ChangeSetType") or "UPDATE")
        stack = engine.find(stack_name)
        if kind == "IMPORT":
            raise validation_error("the local cloud does not import existing resources into a stack")
        if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise validation_error(
                f"Stack [{stack.name}] already exists and cannot be created again with the changeSet"
                f" [{name}]."
            )
        if kind == "UPDATE":
            if stack is None:
                raise validation_error(f"Stack [{stack_name}] does not exist")
            self._deploying.refuse_update(stack)
        settings = settings_for(engine, stack_name, stack if kind == "UPDATE" else None, asked_in(parameters))
        with engine.changed:
            if stack is None:
                stack = engine.new_stack(stack_name, "REVIEW_IN_PROGRESS")
                cause = Cause(stack.stack_id, parameters.get("ClientToken"))
                engine.set_status(stack, "REVIEW_IN_PROGRESS", cause, "User Initiated")
            if self._change_sets.find(name, stack.stack_id) is not None:
                raise ApiError("AlreadyExistsException", f"ChangeSet {name} already exists")
        change_set = self._record(name, stack, kind, settings, parameters)
        return {"Id": change_set.change_set_id, "StackId": stack.stack_id}

    def _record(
        self, name: str, stack: Stack, kind: str, settings: Settings, parameters: Mapping[str, Any]
    ) -> ChangeSet:
        found: list[Change] = changes(self._engine, stack, settings)
        is_retry = stack.status in PAUSED_STATUSES
        useful = kind == "CREATE" or is_retry or bool(found) or has_changes(self._engine, stack, settings)
        change_set = ChangeSet(
            change_set_id=change_set_arn(stack.region, stack.account, name),
            name=name,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            kind=kind,
            created=self._engine.next_event_time(stack),
            status="CREATE_COMPLETE" if useful else "FAILED",
            execution_status="AVAILABLE" if useful else "UNAVAILABLE",
            reason=None if useful else NO_CHANGES,
            settings=settings,
            changes=found,
            request={key: parameters[key] for key in _REPEATED if key in parameters},
        )
        with self._engine.changed:
            self._change_sets.add(change_set)
        return change_set

    def describe_change_set(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        change_set = self._get(parameters)
        shown, more = page(change_set.changes, parameters.get("NextToken"), _PAGE)
        settings = change_set.settings or Settings()
        return {
            **self._summary(change_set),
            **change_set.request,
            "Parameters": [parameter.described() for parameter in settings.parameters.values()],
            "Tags": [{"Key": key, "Value": value} for key, value in settings.tags.items()],
            "Changes": [change.described() for change in shown],
            **more,
        }

    def execute_change_set(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        change_set = self._get(parameters)
        settings = change_set.settings
        if change_set.execution_status != "AVAILABLE" or settings is None:
            raise ApiError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of"
                f" [{change_set.status}]",
            )
        stack = self._engine.stack(change_set.stack_id)
        how = {**change_set.request, **parameters}
        if change_set.kind == "UPDATE":
            self._deploying.start_update(stack, settings, how)
        else:
            with self._engine.changed:
                self._deploying.remember(stack, how)
                Operation(self._engine, stack, parameters.get("ClientRequestToken")).create(settings)
        with self._engine.changed:
            stack.change_set_id = change_set.change_set_id
            change_set.execution_status = "EXECUTE_COMPLETE"
            self._change_sets.supersede(change_set)
        return {}

    def delete_change_set(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack_name = parameters.get("StackName")
        stack = self._engine.find(str(stack_name)) if stack_name else None
        if stack_name and stack is None:
            raise validation_error(f"Stack [{stack_name}] does not exist")
        found = self._change_sets.find(str(parameters["ChangeSetName"]), stack.stack_id if stack else None)
        if found is not None:
            self._change_sets.remove(found.change_set_id)
        return {}

    def list_change_sets(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._engine.stack(str(parameters["StackName"]))
        found = self._change_sets.of(stack.stack_id)
        shown, more = page(found, parameters.get("NextToken"), _PAGE)
        return {"Summaries": [self._summary(change_set) for change_set in shown], **more}

    def _get(self, parameters: Mapping[str, Any]) -> ChangeSet:
        stack_name = parameters.get("StackName")
        stack = self._engine.find(str(stack_name)) if stack_name else None
        return self._change_sets.get(str(parameters["ChangeSetName"]), stack.stack_id if stack else None)

    def _summary(self, change_set: ChangeSet) -> dict[str, Any]:
        summary: dict[str, Any] = {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.change_set_id,
            "StackId": change_set.stack_id,
            "StackName": change_set.stack_name,
            "CreationTime": change_set.created,
            "Status": change_set.status,
            "ExecutionStatus": change_set.execution_status,
            "IncludeNestedStacks": False,
        }
        if change_set.reason is not None:
            summary["StatusReason"] = change_set.reason
        return summary
