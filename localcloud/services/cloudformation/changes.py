"""The changes that an update would make, worked out without making them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.services.cloudformation.comparison import changed_properties
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import TemplateError, validation_error
from localcloud.services.cloudformation.stacks import Resource, Settings, Stack
from localcloud.services.cloudformation.template import ResourceDefinition, TemplateScope, references
from localcloud.services.cloudformation.values import sources

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""Stands for a value that only the update itself can tell."""

NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


Change = dict[str, Any]
"""The change that an update would make to one resource, as DescribeChangeSet shows it."""


def _change(action: str, logical_id: str, type_name: str, **more: Any) -> Change:
    shown = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": type_name}
    return {**shown, "Scope": [], "Details": [], **{name: value for name, value in more.items() if value}}


def has_changes(engine: Engine, stack: Stack, settings: Settings) -> bool:
    """Return whether an update has anything to do. Raises ApiError for a template that does not resolve."""
    if changes(engine, stack, settings) or dict(settings.tags) != dict(stack.settings.tags):
        return True
    if settings.notification_arns != stack.settings.notification_arns:
        return True
    return _outputs(engine, stack, settings) != _outputs(engine, stack, stack.settings)


def changes(engine: Engine, stack: Stack, settings: Settings) -> list[Change]:
    """Return the changes of an update. Raises ApiError for a template that does not resolve."""
    try:
        return _Preview(engine, stack, settings).changes()
    except TemplateError as error:
        raise validation_error(str(error)) from error


class _Preview:
    def __init__(self, engine: Engine, stack: Stack, settings: Settings) -> None:
        self._engine = engine
        self._stack = stack
        self._settings = settings
        self._found: dict[str, Change | None] = {}
        real = sources(engine, stack, settings)

        def ref(name: str) -> Any:
            change = self._change(name)
            replaced = change is not None and change.get("Replacement") in ("True", "Conditional")
            return UNKNOWN if replaced or not self._is_there(name) else real.ref(name)

        def attribute(logical_id: str, name: str) -> Any:
            change = self._change(logical_id)
            if change is None and self._is_there(logical_id):
                return real.attribute(logical_id, name)
            return UNKNOWN

        self._scope = TemplateScope(
            settings.template, settings.parameters, replace(real, ref=ref, attribute=attribute)
        )
        self._wanted = self._scope.active_resources()

    def changes(self) -> list[Change]:
        """In the order of the template; what goes comes last."""
        found = [self._change(name) for name in self._wanted]
        gone = [
            _change(
                "Remove",
                resource.logical_id,
                resource.type,
                PhysicalResourceId=resource.shown_id,
                PolicyAction="Delete" if resource.deletion_policy == "Delete" else "Retain",
            )
            for resource in self._stack.resources.values()
            if resource.logical_id not in self._wanted and self._is_there(resource.logical_id)
        ]
        return [change for change in found if change is not None] + gone

    def _is_there(self, logical_id: str) -> bool:
        resource = self._stack.resources.get(logical_id)
        return resource is not None and resource.physical is not None and resource.status != "CREATE_FAILED"

    def _change(self, logical_id: str) -> Change | None:
        if logical_id not in self._found:
            definition = self._wanted[logical_id]
            if self._is_there(logical_id):
                self._found[logical_id] = self._modification(definition, self._stack.resources[logical_id])
            else:
                self._found[logical_id] = _change("Add", logical_id, definition.type)
        return self._found[logical_id]

    def _modification(self, definition: ResourceDefinition, resource: Resource) -> Change | None:
        physical = resource.physical
        assert physical is not None
        provider = self._engine.providers.of(resource.type)
        try:
            properties = self._scope.properties(definition)
        except TemplateError:
            # Something is to be taken apart that only the update will bring.
            properties = {**physical.properties, **dict.fromkeys(self._dynamic(definition), UNKNOWN)}
        changed = changed_properties(physical.properties, properties)
        scope: list[str] = ["Properties"] if changed else []
        if provider.taggable and dict(physical.tags) != dict(self._settings.tags):
            scope.append("Tags")
        if dict(definition.metadata) != dict(resource.metadata):
            scope.append("Metadata")
        if str(self._scope.value(definition.deletion_policy) or "Delete") != resource.deletion_policy:
            scope.append("DeletionPolicy")
        if (
            str(self._scope.value(definition.update_replace_policy) or "Delete")
            != resource.update_replace_policy
        ):
            scope.append("UpdateReplacePolicy")
        if resource.attempted is not None and not scope:
            scope.append("Properties")
        if not scope:
            return None
        static = frozenset(name for name in changed if UNKNOWN not in str(properties.get(name)))
        replacement = "False"
        if definition.is_custom and changed:
            replacement = "Conditional"
        elif provider.replaces(static):
            replacement = "True"
        elif provider.replaces(changed):
            replacement = "Conditional"
        policy = None
        if replacement != "False" and not definition.is_custom:
            policy = "ReplaceAndDelete" if resource.update_replace_policy == "Delete" else "ReplaceAndRetain"
        details = [
            _detail(name, name in static, provider.replaces(frozenset({name})), definition)
            for name in sorted(changed)
        ]
        return _change(
            "Modify",
            resource.logical_id,
            resource.type,
            PhysicalResourceId=physical.physical_id,
            Replacement=replacement,
            Scope=scope,
            Details=details,
            PolicyAction=policy,
        )

    def _dynamic(self, definition: ResourceDefinition) -> list[str]:
        return [
            name
            for name, value in definition.properties.items()
            if any(reference.name in self._wanted for reference in references(value))
        ]


def _detail(name: str, static: bool, replaces: bool, definition: ResourceDefinition) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "Target": {
            "Attribute": "Properties",
            "Name": name,
            "RequiresRecreation": "Conditionally"
            if definition.is_custom
            else "Always"
            if replaces
            else "Never",
        },
        "Evaluation": "Static" if static else "Dynamic",
        "ChangeSource": "DirectModification",
    }
    if not static:
        reference = next(iter(references(definition.properties.get(name))), None)
        if reference is not None:
            detail["ChangeSource"] = (
                "ResourceReference" if reference.attribute is None else "ResourceAttribute"
            )
            causing = [reference.name, reference.attribute]
            detail["CausingEntity"] = ".".join(part for part in causing if part)
    return detail


def _outputs(engine: Engine, stack: Stack, settings: Settings) -> dict[str, Any]:
    """The outputs as declared, with what can be worked out now."""
    scope = TemplateScope(settings.template, settings.parameters, sources(engine, stack, settings))
    found: dict[str, Any] = {}
    for key, declaration in settings.template.outputs.items():
        try:
            if "Condition" not in declaration or scope.condition(str(declaration["Condition"])):
                found[key] = [scope.value(declaration)]
        except TemplateError:
            found[key] = declaration
    return found
