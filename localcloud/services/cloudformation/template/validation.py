"""Mistakes in a template that CloudFormation finds before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from localcloud.services.cloudformation.errors import TemplateError, validation_error
from localcloud.services.cloudformation.template.intrinsics import Sources
from localcloud.services.cloudformation.template.parameters import Parameter
from localcloud.services.cloudformation.template.references import conditions_used, references
from localcloud.services.cloudformation.template.scope import PSEUDO_PARAMETERS, TemplateScope
from localcloud.services.cloudformation.template.template import Template

_NAMED_IAM = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
_IAM = frozenset(_NAMED_IAM) | {"AWS::IAM::Policy", "AWS::IAM::AccessKey", "AWS::IAM::UserToGroupAddition"}


def validate(template: Template, attributes_of: Callable[[str], Collection[str] | None]) -> None:
    """Check a template as a whole. Raises ApiError, worded as CloudFormation words it.

    Args:
        attributes_of: The attributes of a resource type that Fn::GetAtt can read; None if they are not
            known in advance.
    """
    if not template.resources:
        raise validation_error("Template format error: At least one Resources member must be defined.")
    if template.transform:
        raise validation_error(
            "Template format error: the local cloud runs no macros, so it cannot process Transform"
            f" {template.transform};"
            " deploy the template without it"
        )
    for logical_id, definition in template.resources.items():
        if not logical_id.isalnum():
            raise validation_error(f"Template format error: Resource name {logical_id} is non alphanumeric.")
        if not definition.type:
            raise validation_error(
                f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a"
                " Type member."
            )
    _check_references(template, attributes_of)
    _check_conditions(template)
    _check_circles(template)


def required_capabilities(template: Template) -> str | None:
    """Return the capability that the IAM resources of a template need; None if they need none."""
    needed = None
    for definition in template.resources.values():
        name = _NAMED_IAM.get(definition.type)
        if name is not None and name in definition.properties:
            return "CAPABILITY_NAMED_IAM"
        if definition.type in _IAM:
            needed = "CAPABILITY_IAM"
    return needed


def check_rules(template: Template, parameters: Mapping[str, Parameter], sources: Sources) -> None:
    """Check the assertions of the template's rules against its parameters. Raises ApiError."""
    scope = TemplateScope(template, parameters, sources)
    for name, rule in template.rules.items():
        try:
            if "RuleCondition" in rule and not scope.value(rule["RuleCondition"]):
                continue
            for assertion in rule.get("Assertions", ()):
                if not scope.value(assertion["Assert"]):
                    described = assertion.get("AssertDescription", "its assertion does not hold")
                    raise validation_error(f"Rule {name} failed: {described}")
        except TemplateError as error:
            raise validation_error(str(error)) from error


def _check_references(template: Template, attributes_of: Callable[[str], Collection[str] | None]) -> None:
    known = template.resources.keys() | template.parameters.keys() | PSEUDO_PARAMETERS
    blocks: dict[str, list[Any]] = {
        "Resources": [[d.properties, d.metadata] for d in template.resources.values()],
        "Outputs": list(template.outputs.values()),
    }
    for block, values in blocks.items():
        unresolved: dict[str, None] = {}
        for reference in references(values):
            if reference.attribute is None:
                if reference.name not in known:
                    unresolved[reference.name] = None
                continue
            if reference.name not in template.resources:
                raise validation_error(
                    f"Template error: instance of Fn::GetAtt references undefined resource {reference.name}"
                )
            supported = attributes_of(template.resources[reference.name].type)
            # An attribute that is an expression itself is known only later.
            if reference.attribute and supported is not None and reference.attribute not in supported:
                raise validation_error(
                    f"Template error: resource {reference.name} does not support attribute type"
                    f" {reference.attribute} in Fn::GetAtt"
                )
        if unresolved:
            raise validation_error(
                f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}]"
                f" in the {block} block of the template"
            )
    missing = {
        name for d in template.resources.values() for name in d.depends_on if name not in template.resources
    }
    if missing:
        raise validation_error(
            f"Template format error: Unresolved resource dependencies [{', '.join(sorted(missing))}]"
            " in the Resources block of the template"
        )


def _check_conditions(template: Template) -> None:
    named = [d.condition for d in template.resources.values() if d.condition is not None]
    named += [str(output["Condition"]) for output in template.outputs.values() if "Condition" in output]
    used = [*named, *conditions_used([d.properties for d in template.resources.values()])]
    for name in [*used, *conditions_used(list(template.outputs.values()))]:
        if name not in template.conditions:
            raise validation_error(
                f"Template format error: Unresolved condition dependency {name} in the Resources block of"
                " the template"
            )


def _check_circles(template: Template) -> None:
    waiting = {name: set(template.dependencies(name)) for name in template.resources}
    while ready := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - ready for name, needs in waiting.items() if name not in ready}
    # What only depends on a circle is not part of it.
    while leaves := {name for name in waiting if not any(name in needs for needs in waiting.values())}:
        waiting = {name: needs for name, needs in waiting.items() if name not in leaves}
    if waiting:
        raise validation_error(f"Circular dependency between resources: [{', '.join(sorted(waiting))}]")
