"""Condition blocks of IAM policies.

Operators:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from localcloud.services.iam.wildcards import matches

Values = Sequence[str]
Test = Callable[[str, str], bool]
"""Compares one value of the request with one value of the policy."""


class UnknownOperator(LookupError):
    """A condition operator that is unknown here. Neither allowing nor denying would be right."""


def _number(compare: Callable[[float, float], bool]) -> Test:
    return lambda actual, expected: compare(float(actual), float(expected))


def _date(compare: Callable[[float, float], bool]) -> Test:
    return lambda actual, expected: compare(_moment(actual), _moment(expected))


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(actual: str, expected: str) -> bool:
    return ipaddress.ip_address(actual) in ipaddress.ip_network(expected, strict=False)


def _equal_ignoring_case(actual: str, expected: str) -> bool:
    return actual.lower() == expected.lower()


_TESTS: dict[str, Test] = {
    "StringEquals": lambda actual, expected: actual == expected,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": lambda actual, expected: matches(expected, actual),
    "ArnEquals": lambda actual, expected: matches(expected, actual),
    "ArnLike": lambda actual, expected: matches(expected, actual),
    "Bool": _equal_ignoring_case,
    "BinaryEquals": lambda actual, expected: actual == expected,
    "NumericEquals": _number(lambda actual, expected: actual == expected),
    "NumericLessThan": _number(lambda actual, expected: actual < expected),
    "NumericLessThanEquals": _number(lambda actual, expected: actual <= expected),
    "NumericGreaterThan": _number(lambda actual, expected: actual > expected),
    "NumericGreaterThanEquals": _number(lambda actual, expected: actual >= expected),
    "DateEquals": _date(lambda actual, expected: actual == expected),
    "DateLessThan": _date(lambda actual, expected: actual < expected),
    "DateLessThanEquals": _date(lambda actual, expected: actual <= expected),
    "DateGreaterThan": _date(lambda actual, expected: actual > expected),
    "DateGreaterThanEquals": _date(lambda actual, expected: actual >= expected),
    "IpAddress": _in_network,
}

_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


def holds(operator: str, expected: Values, actual: Values | None) -> bool:
    """Return whether one condition holds.

    Args:
        operator: With its set qualifier and `IfExists`, as written in the policy.
        expected: The policy's values.
        actual: The request's values of the key; None if the request does not have the key.

    Raises:
        UnknownOperator: The operator is not one of IAM's.
    """
    quantifier, _, base = operator.rpartition(":")
    if base == "Null":
        return any(value.lower() == str(actual is None).lower() for value in expected)
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    negated = base in _NEGATIONS
    test = _TESTS.get(_NEGATIONS.get(base, base))
    if test is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownOperator(
            f"unknown condition operator {operator!r}; add it to localcloud.services.iam.conditions"
        )
    if actual is None:
        if quantifier:
            return if_exists or quantifier == "ForAllValues"
        return if_exists or negated

    def fits(value: str) -> bool:
        return any(test(value, candidate) for candidate in expected) is not negated

    if quantifier == "ForAllValues":
        return all(fits(value) for value in actual)
    if quantifier == "ForAnyValue" or not negated:
        return any(fits(value) for value in actual)
    return all(fits(value) for value in actual)


def all_hold(block: Mapping[str, Mapping[str, Values]], context: Mapping[str, Values]) -> bool:
    """Return whether every condition of a block holds. Keys of `context` are lower case."""
    return all(
        holds(operator, expected, context.get(key.lower()))
        for operator, conditions in block.items()
        for key, expected in conditions.items()
    )
