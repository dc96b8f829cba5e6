"""Checks of props by SageMaker's own service model."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

from ._lambda.optimization_job.service_model import ServiceModel


def is_unresolved(value: object) -> bool:
    """Whether a value is known only at deployment, where the function checks it."""
    if value is None or isinstance(value, (bool, dict)):
        return False
    return bool(cdk.Token.is_unresolved(value))


def check(shape_name: str, value: Any, prop: str) -> None:
    """Raise when the service model does not allow a value.

    Args:
        shape_name: the name of the API's shape.
        value: the value as the API takes it. What is unresolved is passed over.
        prop: the name under which the user gave it.

    Raises:
        ValueError: each problem, with the prop, the bad value and what is right.
    """
    problems = ServiceModel.load().check(shape_name, value, prop, is_unresolved=is_unresolved)
    if problems:
        raise ValueError("; ".join(problems))


def check_kind(kind: type, value: object, prop: str, expected: str) -> None:
    """Raise when a value is of another kind than a prop's, such as a string where a construct is due.

    Args:
        kind: the class.
        value: the value.
        prop: the name under which the user gave it.
        expected: what to give, for the message.

    Raises:
        ValueError: a value of another kind, with the prop, the value and what is right.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{prop} must be {expected}, got {value!r}")


def limits(shape_name: str) -> tuple[int | None, int | None]:
    """The least and the greatest value of a shape."""
    return ServiceModel.load().limits(shape_name)
