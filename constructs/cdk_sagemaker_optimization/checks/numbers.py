"""Checks of numbers that the API limits."""

from __future__ import annotations

from typing import Any

from .validation import is_unresolved, plain


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
    if not whole or number < minimum or (maximum is not None and number > maximum):
        limits = f"from {minimum} to {maximum}" if maximum is not None else f"of at least {minimum}"
        raise ValueError(f"{prop} must be a whole number {limits}, got {value!r}")
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
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not 0 < number < float("inf"):
        raise ValueError(f"{prop} must be a number greater than 0, got {value!r}")
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
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not 0 <= number < float("inf"):
        raise ValueError(f"{prop} must be a number of at least 0, got {value!r}")
    return checked
