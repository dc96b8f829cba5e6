"""Checks of props by SageMaker's own service model."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_optimization._lambda.optimization_job.service_model import ServiceModel

# How a value begins that the CDK puts in for one that it has yet to look up, in a first synthesis.
_PLACEHOLDER = "dummy-value-for-"


def plain(value: Any) -> Any:
    """A value without the enums of Python and mappings of other kinds, which the CDK does not take.

    A member of an enum that is a string or a number as well counts as that; others stay as they are, and are
    refused like everything else of the wrong kind.
    """
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) and isinstance(value, (str, int)) else value


def is_unresolved(value: object) -> bool:
    """Whether a value is known only at deployment, where the function checks it.

    The CDK itself cannot be asked about an object of Python's own, such as a date.
    """
    if isinstance(value, (list, tuple)):
        return len(value) == 1 and isinstance(value[0], str) and "#{Token[" in value[0]
    if isinstance(value, str):
        return "Token[" in value and bool(cdk.Token.is_unresolved(plain(value)))
    if isinstance(value, (int, float)):
        return not isinstance(value, bool) and bool(cdk.Token.is_unresolved(plain(value)))
    return is_token_object(value)


def is_token_object(value: object) -> bool:
    """Whether a value is a token as such (``IResolvable``), and no string or number that stands for one.

    A property is asked of the class, because not every token has a value for it.
    """
    kind = type(value)
    own = hasattr(kind, "resolve") and hasattr(kind, "creation_stack")
    return own or (kind.__module__.startswith("jsii.") and hasattr(value, "resolve"))


def is_placeholder(value: object) -> bool:
    """Whether the CDK has yet to look a value up: it synthesizes the app again when it knows it."""
    return isinstance(value, str) and _PLACEHOLDER in value


def placeholder(name: str) -> str:
    """What stands for a value that the CDK has yet to look up.

    Args:
        name: what the value is.
    """
    return f"{_PLACEHOLDER}{name}"


def _is_unknown(value: object) -> bool:
    return is_unresolved(value) or is_placeholder(value)


def check(shape_name: str, value: Any, prop: str) -> None:
    """Raise when the service model does not allow a value.

    Args:
        shape_name: the name of the API's shape.
        value: the value as the API takes it. What is unresolved, or yet to be looked up, is passed over.
        prop: the name under which the user gave it.

    Raises:
        ValueError: each problem, with the prop, the bad value and what is right.
    """
    problems = ServiceModel.load().check(shape_name, value, prop, is_unresolved=_is_unknown)
    if problems:
        raise ValueError("; ".join(problems))


def limits(shape_name: str) -> tuple[int | None, int | None]:
    """The least and the greatest value of a shape."""
    return ServiceModel.load().limits(shape_name)
