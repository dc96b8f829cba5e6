"""The operations on templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.admission import template_body
from localcloud.services.cloudformation.api.reading import present
from localcloud.services.cloudformation.change_sets import ChangeSets
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.template import (
    Template,
    read_template,
    required_capabilities,
)
from localcloud.services.cloudformation.template.intrinsics import as_text


class Templates:
    """Shows and checks templates."""

    def __init__(self, engine: Engine, change_sets: ChangeSets) -> None:
        self._engine = engine
        self._change_sets = change_sets

    def get_template(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        stack_name, change_set_name = parameters.get("StackName"), parameters.get("ChangeSetName")
        stack = self._engine.stack(str(stack_name)) if stack_name else None
        if change_set_name:
            found = self._change_sets.get(str(change_set_name), stack.stack_id if stack else None)
            template = found.settings.template if found.settings else None
        else:
            template = stack.settings.template if stack else None
        body = template.body if template is not None else ""
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        template = self._template(parameters)
        types = list(dict.fromkeys(definition.type for definition in template.resources.values()))
        needed = required_capabilities(template)
        return present(
            {
                "Parameters": [self._declared(name, item) for name, item in template.parameters.items()],
                "Description": template.description,
                "Capabilities": [needed] if needed else [],
                "CapabilitiesReason": f"The following resource(s) require capabilities: [{', '.join(types)}]"
                if needed
                else None,
                "ResourceTypes": types,
                "Version": "2010-09-09",
            }
        )

    def _template(self, parameters: Mapping[str, Any]) -> Template:
        if parameters.get("StackName"):
            return self._engine.stack(str(parameters["StackName"])).settings.template
        body = template_body(self._engine, parameters.get("TemplateBody"), parameters.get("TemplateURL"))
        return read_template(body)

    def _declared(self, name: str, item: Mapping[str, Any]) -> dict[str, Any]:
        allowed = item.get("AllowedValues")
        return present(
            {
                "ParameterKey": name,
                "DefaultValue": as_text(item["Default"]) if "Default" in item else None,
                "ParameterType": str(item.get("Type", "String")),
                "NoEcho": as_text(item.get("NoEcho", False)) == "true",
                "Description": item.get("Description"),
                "ParameterConstraints": {"AllowedValues": [as_text(value) for value in allowed]}
                if allowed
                else {},
            }
        )
