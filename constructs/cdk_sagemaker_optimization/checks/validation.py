"""Checks of values by SageMaker's own service model."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from enum import Enum
from typing import Any

from cdk_sagemaker_optimization._lambda.optimization_job.service_model import ServiceModel

# The beginning of the value that the CDK uses in a first synthesis for one that it has yet to look up.
_PLACEHOLDER = "dummy-value-for-"

_IN_STRINGS = re.compile(r"\$\{Token\[[a-zA-Z0-9:._-]+\]\}|-1\.[0-9]{10,16}e\+289")
_TOKEN_BITS = b"\xfb\xff"


def plain(value: Any) -> Any:
    """Return a value without Python's enums and special mappings, which the CDK does not accept.

    A member of an enum that is also a string or a number becomes that. Other members stay as they are, and
    are refused like everything else of the wrong kind.
    """
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) and isinstance(value, (str, int)) else value


def is_unresolved(value: object) -> bool:
    """Tell whether a value is known only at deployment, where the function checks it.

    A value that stands for a token has a mark, so there is no question to the CDK, which would not accept an
    object of Python's own, such as a date. The marks are those of
    https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/core/lib/private/encoding.ts
    """
    if isinstance(value, (list, tuple)):
        return len(value) == 1 and isinstance(value[0], str) and "#{Token[" in value[0]
    if isinstance(value, str):
        return "Token[" in value and _IN_STRINGS.search(value) is not None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _is_token_number(value)
    return is_token_object(value)


def _is_token_number(number: float) -> bool:
    """Tell whether a number stands for a token, by first bits that no number of a user has."""
    try:
        return struct.pack(">d", number).startswith(_TOKEN_BITS)
    except (OverflowError, struct.error):
        # A whole number that is too large for the CDK.
        return False


def is_token_object(value: object) -> bool:
    """Tell whether a value is a token object (``IResolvable``), and no string or number that stands for one.

    The class is asked for a property, because not every token has a value for it.
    """
    kind = type(value)
    own = hasattr(kind, "resolve") and hasattr(kind, "creation_stack")
    return own or (kind.__module__.startswith("jsii.") and hasattr(value, "resolve"))


def is_placeholder(value: object) -> bool:
    """Tell whether the CDK has yet to look a value up. It then synthesizes the app again."""
    return isinstance(value, str) and _PLACEHOLDER in value


def placeholder(name: str) -> str:
    """Return a value that stands for one that the CDK has yet to look up.

    Args:
        name: the name of the value.
    """
    return f"{_PLACEHOLDER}{name}"


def _is_unknown(value: object) -> bool:
    return is_unresolved(value) or is_placeholder(value)


def check(shape_name: str, value: Any, prop: str) -> None:
    """Check that the service model allows a value.

    Args:
        shape_name: the name of the API's shape.
        value: the value as the API takes it. Tokens, and values that the CDK has yet to look up, always pass.
        prop: the name of the prop, for the message.

    Raises:
        ValueError: the service model does not allow the value. The message has each problem.
    """
    problems = ServiceModel.load().check(shape_name, value, prop, is_unresolved=_is_unknown)
    if problems:
        raise ValueError("; ".join(problems))


def limits(shape_name: str) -> tuple[int | None, int | None]:
    """Return the least and the greatest value of a shape."""
    return ServiceModel.load().limits(shape_name)
