"""Checks of numbers that the API limits."""

from __future__ import annotations

import math
from typing import Any

from .validation import is_unresolved, plain

#: The CDK counts in JavaScript, which rounds greater numbers.
_GREATEST = 2**53 - 1


def whole_number(prop: str, value: object, *, minimum: int, maximum: int | None = None) -> int:
    """Return a whole number within its limits.

    Args:
        prop: the name of the prop, for the message.
        value: the number. A token always passes.
        minimum: the least number.
        maximum: the greatest number. Default: no limit.

    Raises:
        ValueError: the value is no whole number, or is out of range.
    """
    number: Any = plain(value)
    checked: int = number
    if is_unresolved(number):
        return checked
    whole = isinstance(number, int) and not isinstance(number, bool)
    if whole and number > _GREATEST and maximum is None:
        maximum = _GREATEST
    if not whole or number < minimum or (maximum is not None and number > maximum):
        limits = f"from {minimum} to {maximum}" if maximum is not None else f"of at least {minimum}"
        raise ValueError(f"{prop} must be a whole number {limits}, got {_shown(value)}")
    return checked


def positive_number(prop: str, value: object) -> float:
    """Return a number greater than zero.

    Args:
        prop: the name of the prop, for the message.
        value: the number. A token always passes.

    Raises:
        ValueError: the value is no number, or not greater than zero.
    """
    number: Any = plain(value)
    checked: float = number
    if is_unresolved(number):
        return checked
    if not _is_finite(number) or number <= 0:
        raise ValueError(f"{prop} must be a number greater than 0, got {_shown(value)}")
    return checked


def share(prop: str, value: object) -> float:
    """Return a number that is zero or greater, such as a weight.

    Args:
        prop: the name of the prop, for the message.
        value: the number. A token always passes.

    Raises:
        ValueError: the value is no number, or less than zero.
    """
    number: Any = plain(value)
    checked: float = number
    if is_unresolved(number):
        return checked
    if not _is_finite(number) or number < 0:
        raise ValueError(f"{prop} must be a number of at least 0, got {_shown(value)}")
    return checked


def _is_finite(number: Any) -> bool:
    """Tell whether a value is a number that a template can have."""
    try:
        return isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number)
    except OverflowError:
        return False


def _shown(value: object) -> str:
    """Return a value for a message, which Python refuses for a number of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 1_000:
        return f"a whole number of {value.bit_length()} bits"
    return repr(value)
