"""A template's sections, read into types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.services.cloudformation.template.parsing import parse
from localcloud.services.cloudformation.template.references import references


@dataclass(frozen=True)
class ResourceDefinition:
    """A resource as the template writes it, with its values not yet resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: Any = None
    update_replace_policy: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_custom(self) -> bool:
        return is_custom(self.type)


def is_custom(resource_type: str) -> bool:
    """Return whether a type is that of a custom resource."""
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


@dataclass(frozen=True)
class Template:
    """A template.

    Attributes:
        body: The text it was read from.
    """

    body: str
    resources: Mapping[str, ResourceDefinition]
    parameters: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any]
    outputs: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]
    metadata: Mapping[str, Any]
    description: str | None = None
    transform: Any = None

    def dependencies(self, logical_id: str) -> frozenset[str]:
        """The logical ids of the resources that a resource needs, by reference or by DependsOn."""
        definition = self.resources[logical_id]
        found = {reference.name for reference in references(definition.properties)} | set(
            definition.depends_on
        )
        return frozenset(found & self.resources.keys() - {logical_id})


EMPTY = Template("{}", {}, {}, {}, {}, {}, {}, {})


def read_template(body: str) -> Template:
    """Read the text of a template. Raises ApiError if it cannot be read.

    `validate` checks its meaning.
    """
    source = parse(body)

    def section(name: str) -> dict[str, Any]:
        value = source.get(name)
        return dict(value) if isinstance(value, dict) else {}

    return Template(
        body=body,
        resources={name: _definition(name, value) for name, value in section("Resources").items()},
        parameters=section("Parameters"),
        conditions=section("Conditions"),
        mappings=section("Mappings"),
        outputs=section("Outputs"),
        rules=section("Rules"),
        metadata=section("Metadata"),
        description=source.get("Description"),
        transform=source.get("Transform"),
    )


def _definition(logical_id: str, value: Any) -> ResourceDefinition:
    source = value if isinstance(value, dict) else {}
    depends_on = source.get("DependsOn") or ()
    return ResourceDefinition(
        logical_id=logical_id,
        type=str(source.get("Type") or ""),
        properties=source.get("Properties") or {},
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=source.get("Condition"),
        deletion_policy=source.get("DeletionPolicy"),
        update_replace_policy=source.get("UpdateReplacePolicy"),
        metadata=source.get("Metadata") or {},
    )
