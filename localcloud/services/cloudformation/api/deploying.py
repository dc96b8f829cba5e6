"""The operations that change stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation.admission import Asked, settings_for
from localcloud.services.cloudformation.change_sets import ChangeSets
from localcloud.services.cloudformation.changes import has_changes
from localcloud.services.cloudformation.engine import STACK_TYPE, Engine
from localcloud.services.cloudformation.errors import validation_error
from localcloud.services.cloudformation.lifecycle.operation import STABLE_STATUSES, Operation
from localcloud.services.cloudformation.stacks import Settings, Stack

PAUSED_STATUSES = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
_CAN_DELETE_IN_PROGRESS = frozenset({"CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"})


def asked_in(parameters: Mapping[str, Any]) -> Asked:
    """Return the wishes of an API call for a stack."""
    return Asked(
        body=parameters.get("TemplateBody"),
        url=parameters.get("TemplateURL"),
        use_previous=bool(parameters.get("UsePreviousTemplate")),
        parameters=parameters.get("Parameters") or (),
        tags=parameters.get("Tags"),
        capabilities=parameters.get("Capabilities") or (),
        role_arn=parameters.get("RoleARN"),
        notification_arns=parameters.get("NotificationARNs"),
    )


def rolls_back(parameters: Mapping[str, Any]) -> bool:
    """Return whether a failure is rolled back."""
    express = parameters.get("DeploymentConfig") or {}
    return not (parameters.get("DisableRollback") or express.get("DisableRollback"))


class Deploying:
    """Creates, updates, rolls back and deletes stacks."""

    def __init__(self, engine: Engine, change_sets: ChangeSets) -> None:
        self._engine = engine
        self._change_sets = change_sets

    def create_stack(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = str(parameters["StackName"])
        self.refuse_existing(name)
        settings = settings_for(self._engine, name, None, asked_in(parameters))
        with self._engine.changed:
            self.refuse_existing(name)
            stack = self._engine.new_stack(name, "CREATE_IN_PROGRESS")
            stack.termination_protection = bool(parameters.get("EnableTerminationProtection"))
            stack.timeout_minutes = parameters.get("TimeoutInMinutes")
            self.remember(stack, parameters)
            Operation(self._engine, stack, parameters.get("ClientRequestToken")).create(settings)
        return {"StackId": stack.stack_id}

    def update_stack(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._living(parameters)
        self.refuse_update(stack)
        settings = settings_for(self._engine, stack.name, stack, asked_in(parameters))
        if not has_changes(self._engine, stack, settings) and stack.status not in PAUSED_STATUSES:
            raise validation_error("No updates are to be performed.")
        self.start_update(stack, settings, parameters)
        return {"StackId": stack.stack_id}

    def start_update(self, stack: Stack, settings: Settings, parameters: Mapping[str, Any]) -> None:
        """Begin an update that was admitted."""
        with self._engine.changed:
            self.refuse_update(stack, rolls_back=rolls_back(parameters))
            self.remember(stack, parameters)
            Operation(self._engine, stack, parameters.get("ClientRequestToken")).update(settings)

    def remember(self, stack: Stack, parameters: Mapping[str, Any]) -> None:
        """Keep the options of an operation."""
        stack.disable_rollback = not rolls_back(parameters)
        stack.retain_except_on_create = bool(parameters.get("RetainExceptOnCreate"))
        stack.deployment_mode = (parameters.get("DeploymentConfig") or {}).get("Mode", "STANDARD")

    def delete_stack(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._engine.find(str(parameters["StackName"]))
        if stack is None or not stack.exists:
            return {}
        if stack.termination_protection:
            raise validation_error(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        retained = parameters.get("RetainResources") or ()
        if retained and stack.status != "DELETE_FAILED":
            raise validation_error(
                "Invalid operation on stack. Specify RetainResources only when a stack is in a"
                " DELETE_FAILED state"
            )
        force = parameters.get("DeletionMode") == "FORCE_DELETE_STACK"
        if force and stack.status != "DELETE_FAILED":
            raise validation_error(
                "Invalid operation on stack. Specify FORCE_DELETE_STACK only when a stack is in a"
                " DELETE_FAILED state"
            )
        unknown = [name for name in retained if name not in stack.resources]
        if unknown:
            raise validation_error(f"The specified resources to retain must be in a valid state: {unknown}")
        with self._engine.changed:
            if stack.in_progress and stack.status not in _CAN_DELETE_IN_PROGRESS:
                raise validation_error(
                    f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
                )
            if stack.status != "DELETE_IN_PROGRESS":
                self._change_sets.remove_of(stack.stack_id)
                Operation(self._engine, stack, parameters.get("ClientRequestToken")).delete(
                    retained, force=force
                )
        return {}

    def cancel_update_stack(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._living(parameters)
        with self._engine.changed:
            operation = self._engine.operations.get(stack.stack_id)
            updating = operation is not None and stack.status == "UPDATE_IN_PROGRESS"
            if (
                not updating
                or operation is None
                or not operation.cancel_update(parameters.get("ClientRequestToken"))
            ):
                raise validation_error(
                    f"CancelUpdateStack cannot be called from current stack status {stack.status}"
                )
        return {}

    def continue_update_rollback(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._living(parameters)
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise validation_error(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not continue a rollback"
            )
        skip = list(parameters.get("ResourcesToSkip") or ())
        failed = self._failed_in(stack)
        wrong = [name for name in skip if name not in failed]
        if wrong:
            raise validation_error(
                f"Resources to skip must be in the UPDATE_FAILED state: [{', '.join(wrong)}]. Of a nested"
                " stack that is not deleted, skip its resources as <nested stack's name>.<logical id>"
            )
        Operation(self._engine, stack, parameters.get("ClientRequestToken")).roll_back(skip)
        return {}

    def rollback_stack(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._living(parameters)
        if stack.status not in PAUSED_STATUSES:
            raise validation_error(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not be rolled back."
            )
        stack.retain_except_on_create = bool(parameters.get("RetainExceptOnCreate"))
        Operation(self._engine, stack, parameters.get("ClientRequestToken")).roll_back()
        return {"StackId": stack.stack_id}

    def update_termination_protection(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._living(parameters)
        stack.termination_protection = bool(parameters["EnableTerminationProtection"])
        return {"StackId": stack.stack_id}

    def refuse_existing(self, name: str) -> None:
        """Raise ApiError if there is such a stack."""
        if self._engine.find(name) is not None:
            raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")

    def refuse_update(self, stack: Stack, *, rolls_back: bool = False) -> None:
        """Raise ApiError if the stack is not in a state to be updated from."""
        if stack.status in PAUSED_STATUSES:
            if rolls_back:
                raise validation_error(
                    f"This stack is currently in a non-terminal [{stack.status}] state. To update the stack"
                    " from this"
                    " state, please use the disable-rollback parameter with update-stack API. To rollback"
                    " to the last"
                    " known good state, use the rollback-stack API"
                )
        elif stack.status not in STABLE_STATUSES:
            raise validation_error(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
            )

    def _failed_in(self, stack: Stack) -> set[str]:
        """Return the names of the resources whose rollback failed.

        The resources of a nested stack stand in its place, under every name they have.
        """
        failed = {name for name, resource in stack.resources.items() if resource.status == "UPDATE_FAILED"}
        for logical_id, nested in self._nested_in(stack):
            failed.discard(logical_id)
            inner = self._failed_in(nested)
            failed |= {f"{outer}.{name}" for outer in (logical_id, nested.name) for name in inner}
            failed |= {name for name in inner if "." in name}
        return failed

    def _nested_in(self, stack: Stack) -> list[tuple[str, Stack]]:
        """The stacks that a stack nests itself, with their logical ids."""
        found = [
            (logical_id, self._engine.find(resource.physical.physical_id))
            for logical_id, resource in stack.resources.items()
            if resource.type == STACK_TYPE and resource.physical is not None
        ]
        return [(logical_id, nested) for logical_id, nested in found if nested is not None and nested.exists]

    def _living(self, parameters: Mapping[str, Any]) -> Stack:
        name = str(parameters["StackName"])
        stack = self._engine.find(name)
        if stack is None or not stack.exists:
            raise validation_error(f"Stack [{name}] does not exist")
        return stack
