"""A stack's parameters: what was asked for, checked against what the template allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation.errors import validation_error
from localcloud.services.cloudformation.template.intrinsics import as_text

MASK = "****"

_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")


@dataclass(frozen=True)
class Parameter:
    """A parameter with its value.

    Attributes:
        given: As the caller (or the default) says; for an SSM parameter's value, the name of that parameter.
        value: What a Ref comes to: text, or a list of texts.
    """

    name: str
    given: str
    value: str | list[str]
    no_echo: bool = False
    from_ssm: bool = False

    def described(self) -> dict[str, str]:
        """As DescribeStacks shows it."""
        if self.no_echo:
            return {"ParameterKey": self.name, "ParameterValue": MASK}
        shown = {"ParameterKey": self.name, "ParameterValue": self.given}
        if self.from_ssm:
            shown["ResolvedValue"] = self.value if isinstance(self.value, str) else ",".join(self.value)
        return shown


def parameter_values(
    declared: Mapping[str, Mapping[str, Any]],
    requested: Sequence[Mapping[str, Any]],
    previous: Mapping[str, Parameter],
    read_ssm: Callable[[str], str | None],
) -> dict[str, Parameter]:
    """The value of every parameter of a template.

    Args:
        requested: As in the API: ParameterKey with ParameterValue, or with UsePreviousValue.
        previous: The parameters that the stack has now.
        read_ssm: Returns the value of a parameter of the parameter store, None if there is no such parameter.

    Raises:
        ApiError: A parameter is unknown, missing, or has a value that the template does not allow.
    """
    given = {str(item["ParameterKey"]): item for item in requested}
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise validation_error(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts: dict[str, str] = {}
    for name, declaration in declared.items():
        text = _given_text(name, given.get(name, {}), declaration, previous)
        if text is not None:
            texts[name] = text
    missing = [name for name in declared if name not in texts]
    if missing:
        raise validation_error(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _parameter(name, texts[name], declaration, read_ssm) for name, declaration in declared.items()
    }


def _given_text(
    name: str, item: Mapping[str, Any], declaration: Mapping[str, Any], previous: Mapping[str, Parameter]
) -> str | None:
    if item.get("UsePreviousValue"):
        if name in previous:
            return previous[name].given
        raise validation_error(
            f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a"
            " parameter key"
            " not in the previous template"
        )
    if "ParameterValue" in item:
        return str(item["ParameterValue"])
    return as_text(declaration["Default"]) if "Default" in declaration else None


def _parameter(
    name: str, text: str, declaration: Mapping[str, Any], read_ssm: Callable[[str], str | None]
) -> Parameter:
    kind = str(declaration.get("Type", "String"))
    no_echo = as_text(declaration.get("NoEcho", False)).lower() == "true"
    stored = _SSM_VALUE.fullmatch(kind)
    if stored:
        found = read_ssm(text)
        if found is None:
            raise validation_error(
                f"Unable to fetch parameters [{text}] from parameter store for this account."
            )
        return Parameter(name, text, _typed(stored.group(1), found), no_echo, from_ssm=True)
    _check(name, text, kind, declaration)
    return Parameter(name, text, _typed(kind, text), no_echo)


def _typed(kind: str, text: str) -> str | list[str]:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in text.split(",")] if text else []
    return text


def _check(name: str, text: str, kind: str, declaration: Mapping[str, Any]) -> None:
    def refuse(rule: str) -> ApiError:
        described = declaration.get("ConstraintDescription")
        return validation_error(
            f"Parameter '{name}' {(described and f'failed to satisfy constraint: {described}') or rule}"
        )

    values = _typed(kind, text)
    for item in values if isinstance(values, list) else [values]:
        if "Number" in kind and not _is_number(item):
            raise refuse("must be a number.")
        allowed = declaration.get("AllowedValues")
        if allowed is not None and item not in [as_text(choice) for choice in allowed]:
            raise refuse("must be one of AllowedValues")
        pattern = declaration.get("AllowedPattern")
        if pattern is not None and not re.fullmatch(pattern, item):
            raise refuse(f"failed to satisfy constraint: must match pattern {pattern}")
        if "MinLength" in declaration and len(item) < int(declaration["MinLength"]):
            raise refuse(f"must contain at least {declaration['MinLength']} characters")
        if "MaxLength" in declaration and len(item) > int(declaration["MaxLength"]):
            raise refuse(f"must contain at most {declaration['MaxLength']} characters")
        if "MinValue" in declaration and float(item) < float(declaration["MinValue"]):
            raise refuse(f"must be a number not less than {declaration['MinValue']}")
        if "MaxValue" in declaration and float(item) > float(declaration["MaxValue"]):
            raise refuse(f"must be a number not greater than {declaration['MaxValue']}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
