"""The operations that show stacks, their resources and their events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.services.cloudformation.api.paging import page, page_end
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import stack_does_not_exist, validation_error
from localcloud.services.cloudformation.stacks import Event, Resource, Stack

_PAGE = 100


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def _moment(time: datetime | None) -> datetime | None:
    """A time as the API has it: with milliseconds, as those of other services that it is compared with."""
    return None if time is None else datetime.fromtimestamp(round(time.timestamp(), 3), UTC)


class Reading:
    """Shows what there is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe_stacks(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = parameters.get("StackName")
        with self._engine.changed:
            if name:
                stack = self._engine.seen(str(name))
                if stack is None:
                    raise stack_does_not_exist(str(name))
                return {"Stacks": [_stack(stack)]}
            living = [stack for stack in self._engine.stacks.values() if stack.exists]
            shown, more = page(living[::-1], parameters.get("NextToken"), _PAGE)
            return {"Stacks": [_stack(stack) for stack in shown], **more}

    def list_stacks(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        wanted = parameters.get("StackStatusFilter")
        with self._engine.changed:
            stacks = [stack for stack in self._engine.stacks.values() if not wanted or stack.status in wanted]
        shown, more = page(stacks[::-1], parameters.get("NextToken"), _PAGE)
        # What a summary does not have stays out of the response.
        summaries = [
            present({**_stack(stack), "TemplateDescription": stack.settings.template.description})
            for stack in shown
        ]
        return {"StackSummaries": summaries, **more}

    def describe_stack_events(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = str(parameters["StackName"])
        stack = self._engine.find(name)
        if stack is None:
            raise validation_error(f"Stack [{name}] does not exist")
        with self._engine.changed:
            events = list(stack.events)
        # The token counts from the oldest event, so that new events do not shift the pages of who is reading
        # them.
        end = page_end(parameters.get("NextToken"), len(events))
        start = max(0, end - _PAGE)
        more = {"NextToken": str(start)} if start else {}
        return {"StackEvents": [_event(stack, event) for event in events[start:end][::-1]], **more}

    def describe_events(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Show the events of operations.

        A change set has none here, because only its template is checked before it is executed.
        """
        name = parameters.get("StackName")
        if parameters.get("ChangeSetName") or not name:
            return {"OperationEvents": []}
        stack = self._engine.stack(str(name))
        only_failures = bool((parameters.get("Filters") or {}).get("FailedEvents"))
        wanted = parameters.get("OperationId")
        with self._engine.changed:
            events = [
                event
                for event in stack.events[::-1]
                if (not wanted or event.cause.operation_id == wanted)
                and (not only_failures or event.status.endswith("_FAILED"))
            ]
        shown, more = page(events, parameters.get("NextToken"), _PAGE)
        described = [{**_event(stack, event), "EventType": "PROGRESS_UPDATE"} for event in shown]
        return {"OperationEvents": described, **more}

    def describe_stack_resource(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = str(parameters["StackName"])
        stack = self._engine.seen(name)
        if stack is None:
            raise validation_error(f"Stack '{name}' does not exist")
        logical_id = str(parameters["LogicalResourceId"])
        resource = stack.resources.get(logical_id)
        if resource is None:
            raise validation_error(f"Resource {logical_id} does not exist for stack {stack.name}")
        members = {
            **_resource_summary(resource),
            "StackName": stack.name,
            "StackId": stack.stack_id,
            "Metadata": json.dumps(dict(resource.metadata)),
        }
        return {"StackResourceDetail": members}

    def describe_stack_resources(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack, logical_id = self._found_by_either(parameters), parameters.get("LogicalResourceId")
        with self._engine.changed:
            resources = [r for r in stack.resources.values() if logical_id in (None, r.logical_id)]
        if logical_id and not resources:
            raise validation_error(f"Resource {logical_id} does not exist for stack {stack.name}")
        of_stack = {"StackName": stack.name, "StackId": stack.stack_id}
        shown = [{**_resource_summary(each), **of_stack, "Timestamp": each.updated} for each in resources]
        return {"StackResources": shown}

    def list_stack_resources(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._stack(parameters)
        with self._engine.changed:
            resources = list(stack.resources.values())
        shown, more = page(resources, parameters.get("NextToken"), _PAGE)
        return {"StackResourceSummaries": [_resource_summary(resource) for resource in shown], **more}

    def list_exports(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        shown, more = page(self._engine.exports(), parameters.get("NextToken"), _PAGE)
        exports = [
            {"ExportingStackId": stack.stack_id, "Name": output.export_name, "Value": output.value}
            for stack, output in shown
        ]
        return {"Exports": exports, **more}

    def list_imports(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = parameters["ExportName"]
        users = self._engine.importers(name)
        if not users:
            raise validation_error(f"Export '{name}' is not imported by any stack.")
        shown, more = page(users, parameters.get("NextToken"), _PAGE)
        return {"Imports": shown, **more}

    def list_hook_results(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """There are no hooks here."""
        return {"HookResults": []}

    def _stack(self, parameters: Mapping[str, Any]) -> Stack:
        name = str(parameters["StackName"])
        stack = self._engine.find(name)
        if stack is None:
            raise validation_error(f"Stack '{name}' does not exist")
        return stack

    def _found_by_either(self, parameters: Mapping[str, Any]) -> Stack:
        if parameters.get("StackName"):
            return self._engine.stack(str(parameters["StackName"]))
        physical_id = parameters.get("PhysicalResourceId")
        for stack in self._engine.stacks.values():
            if stack.exists and any(
                resource.shown_id == physical_id for resource in stack.resources.values()
            ):
                return stack
        raise stack_does_not_exist(str(physical_id))


def _stack(stack: Stack) -> dict[str, Any]:
    settings = stack.settings
    outputs = [
        present(
            {
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export_name,
            }
        )
        for output in stack.outputs
    ]
    return present(
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "ChangeSetId": stack.change_set_id,
            "Description": settings.template.description,
            "Parameters": [parameter.described() for parameter in settings.parameters.values()],
            "CreationTime": _moment(stack.created),
            "LastUpdatedTime": _moment(stack.updated),
            "DeletionTime": _moment(stack.deleted),
            "RollbackConfiguration": {},
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DisableRollback": stack.disable_rollback,
            "DeploymentConfig": {"Mode": stack.deployment_mode} if stack.deployment_mode else None,
            "NotificationARNs": list(settings.notification_arns),
            "TimeoutInMinutes": stack.timeout_minutes,
            "Capabilities": list(settings.capabilities),
            "Outputs": outputs,
            "RoleARN": settings.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in settings.tags.items()],
            "EnableTerminationProtection": stack.termination_protection,
            "ParentId": stack.parent_id,
            "RootId": stack.root_id,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def _resource_summary(resource: Resource) -> dict[str, Any]:
    return present(
        {
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.shown_id,
            "ResourceType": resource.type,
            "LastUpdatedTimestamp": resource.updated,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def _event(stack: Stack, event: Event) -> dict[str, Any]:
    return present(
        {
            "StackId": stack.stack_id,
            "EventId": event.event_id,
            "StackName": stack.name,
            "OperationId": event.cause.operation_id,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": event.time,
            "ResourceStatus": event.status,
            "ResourceStatusReason": event.reason,
            "ResourceProperties": event.properties,
            "ClientRequestToken": event.cause.token,
        }
    )
