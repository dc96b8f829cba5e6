"""The names a template can use, and what each stands for in one stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.errors import TemplateError
from localcloud.services.cloudformation.template.intrinsics import (
    REMOVED,
    Sources,
    resolve,
    resolve_condition,
)
from localcloud.services.cloudformation.template.parameters import Parameter
from localcloud.services.cloudformation.template.template import ResourceDefinition, Template

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)


class TemplateScope:
    """Works out the values of one template.

    Args:
        sources: The sources of the values of resources, exports and secrets.
    """

    def __init__(self, template: Template, parameters: Mapping[str, Parameter], sources: Sources) -> None:
        self._template = template
        self._parameters = parameters
        self.sources = sources
        self._conditions: dict[str, bool] = {}
        self.mappings = template.mappings

    def active_resources(self) -> dict[str, ResourceDefinition]:
        """The resources whose condition holds, by logical id. Raises TemplateError."""
        return {
            name: definition
            for name, definition in self._template.resources.items()
            if definition.condition is None or self.condition(definition.condition)
        }

    def properties(self, definition: ResourceDefinition) -> dict[str, Any]:
        """A resource's properties, worked out. Raises TemplateError."""
        resolved = resolve(definition.properties, self)
        return resolved if isinstance(resolved, dict) else {}

    def value(self, value: Any) -> Any:
        """Any value of the template, worked out; None if it comes to nothing. Raises TemplateError."""
        resolved = resolve(value, self)
        return None if resolved is REMOVED else resolved

    def ref(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name].value
        sources = self.sources
        pseudo: dict[str, Any] = {
            "AWS::AccountId": sources.account,
            "AWS::NoValue": REMOVED,
            "AWS::NotificationARNs": list(sources.notification_arns),
            "AWS::Partition": "aws",
            "AWS::Region": sources.region,
            "AWS::StackId": sources.stack_id,
            "AWS::StackName": sources.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        self._require_active(name)
        return sources.ref(name)

    def attribute(self, logical_id: str, attribute: str) -> Any:
        self._require_active(logical_id)
        return self.sources.attribute(logical_id, attribute)

    def condition(self, name: str) -> bool:
        if name not in self._conditions:
            if name not in self._template.conditions:
                raise TemplateError(f"Template error: unresolved condition dependency: {name}")
            self._conditions[name] = resolve_condition(self._template.conditions[name], self)
        return self._conditions[name]

    def _require_active(self, logical_id: str) -> None:
        definition = self._template.resources.get(logical_id)
        missing = definition is None or (
            definition.condition is not None and not self.condition(definition.condition)
        )
        if missing:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{logical_id}] in the Resources"
                " block of the template"
            )
