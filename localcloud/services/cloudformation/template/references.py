"""References in a piece of a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SUBSTITUTION = re.compile(r"\$\{([^!][^}]*)\}")
"""`${Name}` or `${Resource.Attribute}` in an Fn::Sub, but not the escaped `${!Literal}`."""


@dataclass(frozen=True)
class Reference:
    """A Ref (without an attribute) or an Fn::GetAtt."""

    name: str
    attribute: str | None = None


def get_att_parts(value: Any) -> tuple[str, Any]:
    """The logical id and the attribute of an Fn::GetAtt, in either of its forms."""
    if isinstance(value, str):
        name, _, attribute = value.partition(".")
        return name, attribute
    name, *rest = value
    return str(name), rest[0] if len(rest) == 1 and not isinstance(rest[0], str) else ".".join(map(str, rest))


def references(value: Any) -> Iterator[Reference]:
    """Every Ref, Fn::GetAtt and substitution within a value."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
        return
    if not isinstance(value, dict):
        return
    if len(value) == 1:
        ((key, argument),) = value.items()
        if key == "Ref" and isinstance(argument, str):
            yield Reference(argument)
            return
        if key == "Fn::GetAtt":
            name, attribute = get_att_parts(argument)
            yield Reference(name, attribute if isinstance(attribute, str) else "")
            yield from references(attribute)
            return
        if key == "Fn::Sub":
            yield from _substitutions(argument)
            return
    for item in value.values():
        yield from references(item)


def conditions_used(value: Any) -> Iterator[str]:
    """The names of the conditions that Fn::If asks within a value."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get("Fn::If"), list) and value["Fn::If"]:
            yield str(value["Fn::If"][0])
        for item in value.values():
            yield from conditions_used(item)
    elif isinstance(value, list):
        for item in value:
            yield from conditions_used(item)


def _substitutions(argument: Any) -> Iterator[Reference]:
    text, variables = argument if isinstance(argument, list) else (argument, {})
    yield from references(variables)
    for match in SUBSTITUTION.finditer(text):
        name = match.group(1).strip()
        if name in variables:
            continue
        head, dot, attribute = name.partition(".")
        yield Reference(head, attribute) if dot else Reference(name)
