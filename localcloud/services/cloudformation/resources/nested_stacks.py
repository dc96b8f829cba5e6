"""Stacks within stacks."""

from __future__ import annotations

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation.admission import settings_for
from localcloud.services.cloudformation.changes import has_changes
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure
from localcloud.services.cloudformation.lifecycle.operation import Operation
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.resources.calls import plain_tags, tag_list
from localcloud.services.cloudformation.stacks import Physical, Settings, Stack
from localcloud.services.cloudformation.template.intrinsics import as_text


def _skipped_in(stack: Stack, request: ResourceRequest) -> list[str]:
    """Return the names of the resources that a rollback skips, as the nested stack names them."""
    own = (f"{stack.name}.", f"{request.logical_id}.")
    below = [name for name in request.skip if "." in name]
    return [name.partition(".")[2] if name.startswith(own) else name for name in below]


class NestedStackProvider(Provider):
    """`AWS::CloudFormation::Stack`.

    A nested stack does not decide for itself: what follows a failure, and when the clean-up of an update
    begins, is up to its parent.
    """

    attributes = None
    settle_seconds = 0.0

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, request: ResourceRequest) -> Physical:
        engine = self._engine
        name = generated_name(request.stack_name, request.logical_id, limit=128)
        settings = self._settings(request, name, None)
        stack = engine.new_stack(name, "CREATE_IN_PROGRESS", parent=engine.stack(request.stack_id))
        request.initiated(stack.stack_id)
        operation = self._operation(stack)
        operation.create(settings)
        try:
            request.work.wait(lambda: operation.ended)
        except Cancelled as error:
            operation.give_way()
            raise Cancelled(stack.stack_id) from error
        if stack.status != "CREATE_COMPLETE":
            raise ResourceFailure(
                f"Embedded stack {stack.stack_id} was not successfully created:"
                f" {(stack.reason or '').strip()}",
                stack.stack_id,
            )
        return self._physical(request, stack)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        stack = self._engine.stack(physical.physical_id)
        operation = self._operation(stack)
        if request.rolling_back and stack.stable is not None:
            operation.roll_back(_skipped_in(stack, request))
            request.work.wait(lambda: operation.ended)
            if stack.status != "UPDATE_ROLLBACK_COMPLETE":
                raise self._not_updated(stack)
            return self._physical(request, stack)
        settings = self._settings(request, stack.name, stack)
        if has_changes(self._engine, stack, settings):
            operation.update(settings)
            try:
                request.work.wait(lambda: operation.ended)
            except Cancelled:
                operation.give_way()
                with self._engine.changed:
                    self._engine.clock.wait(self._engine.changed, lambda: operation.ended, 86_400.0)
                raise
            if stack.status != "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
                raise self._not_updated(stack)
        return self._physical(request, stack)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        stack = self._engine.find(physical.physical_id)
        if stack is None or not stack.exists:
            return
        operation = self._operation(stack)
        operation.delete()
        request.work.wait(lambda: operation.ended)
        if stack.exists:
            raise ResourceFailure(
                f"Embedded stack {stack.stack_id} was not successfully deleted:"
                f" {(stack.reason or '').strip()}"
            )

    def clean_up(self, request: ResourceRequest, physical: Physical) -> None:
        stack = self._engine.find(physical.physical_id)
        if stack is not None and stack.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            operation = self._operation(stack)
            operation.finish_update()
            request.work.wait(lambda: operation.ended)

    def _settings(self, request: ResourceRequest, name: str, stack: Stack | None) -> Settings:
        properties = request.properties
        given = properties.get("Parameters") or {}
        parameters = [
            {
                "ParameterKey": key,
                "ParameterValue": ",".join(map(as_text, value))
                if isinstance(value, list)
                else as_text(value),
            }
            for key, value in given.items()
        ]
        asked = {
            "TemplateURL": str(properties["TemplateURL"]),
            "Parameters": parameters,
            "Tags": tag_list(plain_tags(request)),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        try:
            return settings_for(self._engine, name, stack, asked)
        except ApiError as error:
            raise ResourceFailure(error.message) from error

    def _physical(self, request: ResourceRequest, stack: Stack) -> Physical:
        outputs = {f"Outputs.{output.key}": output.value for output in stack.outputs}
        return Physical(stack.stack_id, request.properties, outputs)

    def _operation(self, stack: Stack) -> Operation:
        return Operation(self._engine, stack, part_of_parent=True)

    def _not_updated(self, stack: Stack) -> ResourceFailure:
        return ResourceFailure(
            f"Embedded stack {stack.stack_id} was not successfully updated. Currently in {stack.status}"
            f" with reason: {(stack.reason or '').strip()}"
        )
