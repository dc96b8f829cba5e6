"""Values of a template: its intrinsic functions worked out."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from localcloud.services.cloudformation.errors import TemplateError
from localcloud.services.cloudformation.template.references import SUBSTITUTION, get_att_parts

REMOVED = object()
"""The value of `Ref: AWS::NoValue`: the property is left out."""


@dataclass(frozen=True)
class Sources:
    """The sources of a stack's values outside the template.

    Attributes:
        secret: Replaces the dynamic references (`{{resolve:…}}`) in a text.
    """

    account: str
    region: str
    stack_id: str
    stack_name: str
    notification_arns: tuple[str, ...]
    ref: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    imported: Callable[[str], str]
    stack_output: Callable[[str, str, str | None, str | None], str]
    secret: Callable[[str], str]


class Scope(Protocol):
    """The meaning of the names in a template."""

    mappings: Mapping[str, Any]
    sources: Sources

    def ref(self, name: str) -> Any: ...

    def attribute(self, logical_id: str, attribute: str) -> Any: ...

    def condition(self, name: str) -> bool: ...


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it: `true`, `12`, `1.5`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def resolve(value: Any, scope: Scope) -> Any:
    """Work a value out. Raises TemplateError."""
    if isinstance(value, str):
        return scope.sources.secret(value) if "{{resolve:" in value else value
    if isinstance(value, list):
        return [item for item in (resolve(item, scope) for item in value) if item is not REMOVED]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, argument),) = value.items()
        if key == "Ref":
            return scope.ref(str(argument))
        if key == "Condition" and isinstance(argument, str):
            return scope.condition(argument)
        if key.startswith("Fn::"):
            function = _FUNCTIONS.get(key)
            if function is None:
                raise TemplateError(f"Template error: the local cloud does not know the function {key}")
            result = function(argument, scope)
            # A secret's reference is often put together with Fn::Join or Fn::Sub.
            return (
                scope.sources.secret(result) if isinstance(result, str) and "{{resolve:" in result else result
            )
    resolved = {key: resolve(item, scope) for key, item in value.items()}
    return {key: item for key, item in resolved.items() if item is not REMOVED}


def resolve_condition(value: Any, scope: Scope) -> bool:
    """Work out a condition. Raises TemplateError."""
    result = resolve(value, scope)
    if isinstance(result, bool):
        return result
    raise TemplateError(
        f"Template format error: Every Conditions member must be a boolean, got {json.dumps(value)}"
    )


def _list(argument: Any, scope: Scope, name: str) -> list[Any]:
    value = resolve(argument, scope)
    if not isinstance(value, list):
        raise TemplateError(f"Template error: {name} needs a list, got {json.dumps(value, default=str)}")
    return value


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = get_att_parts(argument)
    return scope.attribute(name, as_text(resolve(attribute, scope)))


def _join(argument: Any, scope: Scope) -> str:
    delimiter, items = argument
    return as_text(delimiter).join(as_text(item) for item in _list(items, scope, "Fn::Join"))


def _split(argument: Any, scope: Scope) -> list[str]:
    delimiter, text = argument
    return as_text(resolve(text, scope)).split(delimiter)


def _select(argument: Any, scope: Scope) -> Any:
    index, items = argument
    position, values = int(resolve(index, scope)), _list(items, scope, "Fn::Select")
    if not 0 <= position < len(values):
        raise TemplateError(
            "Template error: Fn::Select cannot select nonexistent value at index " + str(position)
        )
    return values[position]


def _sub(argument: Any, scope: Scope) -> str:
    text, variables = argument if isinstance(argument, list) else (argument, {})
    values = {name: resolve(item, scope) for name, item in variables.items()}

    def replacement(name: str) -> str:
        if name in values:
            return as_text(values[name])
        logical_id, dot, attribute = name.partition(".")
        found = scope.attribute(logical_id, attribute) if dot else scope.ref(name)
        if isinstance(found, list | dict):
            raise TemplateError(f"Template error: Fn::Sub expression does not resolve to a string: {name}")
        return as_text(found)

    result = SUBSTITUTION.sub(lambda match: replacement(match.group(1).strip()), text)
    return result.replace("${!", "${")


def _find_in_map(argument: Any, scope: Scope) -> Any:
    names = [as_text(resolve(item, scope)) for item in argument[:3]]
    try:
        return scope.mappings[names[0]][names[1]][names[2]]
    except KeyError as error:
        if len(argument) == 4 and "DefaultValue" in argument[3]:
            return resolve(argument[3]["DefaultValue"], scope)
        raise TemplateError(f"Template error: Unable to get mapping for {'::'.join(names)}") from error


def _if(argument: Any, scope: Scope) -> Any:
    name, when_true, when_false = argument
    return resolve(when_true if scope.condition(name) else when_false, scope)


def _equals(argument: Any, scope: Scope) -> bool:
    left, right = (resolve(item, scope) for item in argument)
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return bool(left == right)
    return as_text(left) == as_text(right)


def _cidr(argument: Any, scope: Scope) -> list[str]:
    block, count, *rest = argument
    bits = int(resolve(rest[0], scope)) if rest else 8
    network = ipaddress.ip_network(resolve(block, scope))
    subnets = network.subnets(new_prefix=network.max_prefixlen - bits)
    return [str(next(subnets)) for _ in range(int(resolve(count, scope)))]


def _contains(argument: Any, scope: Scope) -> bool:
    items, item = argument
    return resolve(item, scope) in _list(items, scope, "Fn::Contains")


def _get_stack_output(argument: Any, scope: Scope) -> str:
    """Read an output of another stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """
    resolved = resolve(argument, scope)
    given = resolved if isinstance(resolved, dict) else {}
    needed, optional = ("StackName", "OutputName"), ("Region", "RoleArn")
    if not set(needed) <= given.keys() <= {*needed, *optional}:
        raise TemplateError(
            "Template error: Fn::GetStackOutput needs StackName and OutputName, and may have Region and"
            f" RoleArn, got {json.dumps(argument, default=str)}"
        )
    stack_name, output, region, role_arn = (
        as_text(given[name]) if name in given else None for name in (*needed, *optional)
    )
    return scope.sources.stack_output(str(stack_name), str(output), region, role_arn)


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Fn::GetAtt": _get_att,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Sub": _sub,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::Not": lambda argument, scope: not resolve_condition(argument[0], scope),
    "Fn::And": lambda argument, scope: all(resolve_condition(item, scope) for item in argument),
    "Fn::Or": lambda argument, scope: any(resolve_condition(item, scope) for item in argument),
    "Fn::Contains": _contains,
    "Fn::Base64": lambda argument, scope: base64.b64encode(
        as_text(resolve(argument, scope)).encode()
    ).decode(),
    "Fn::GetAZs": lambda argument, scope: [
        f"{as_text(resolve(argument, scope)) or scope.sources.region}{letter}" for letter in "abc"
    ],
    "Fn::Cidr": _cidr,
    "Fn::ImportValue": lambda argument, scope: scope.sources.imported(as_text(resolve(argument, scope))),
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Length": lambda argument, scope: len(_list(argument, scope, "Fn::Length")),
    "Fn::ToJsonString": lambda argument, scope: json.dumps(resolve(argument, scope), separators=(",", ":")),
}
