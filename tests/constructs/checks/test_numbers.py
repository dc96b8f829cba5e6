"""Checks of numbers that the API limits."""

from __future__ import annotations

import enum
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_optimization.checks.numbers import positive_number, share, whole_number

_TOKEN: Any = cdk.Token.as_number(cdk.Fn.ref("Number"))


class Count(enum.IntEnum):
    TWO = 2


@pytest.mark.parametrize("value", [1, 3, pytest.param(_TOKEN, id="a token"), Count.TWO])
def test_a_whole_number_within_the_limits_is_fine(value: Any) -> None:
    assert whole_number("count", value, minimum=1, maximum=3) == value


@pytest.mark.parametrize("value", [0, 4, 1.5, True, "2", None, float("nan")])
def test_any_other_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^count must be a whole number from 1 to 3, got"):
        whole_number("count", value, minimum=1, maximum=3)


def test_without_a_greatest_number_there_is_only_a_least() -> None:
    assert whole_number("count", 10**6, minimum=1) == 10**6
    with pytest.raises(ValueError, match=r"^count must be a whole number of at least 1, got 0"):
        whole_number("count", 0, minimum=1)


@pytest.mark.parametrize("value", [1, 0.1, pytest.param(_TOKEN, id="a token")])
def test_a_positive_number_may_have_a_fraction(value: Any) -> None:
    assert positive_number("target", value) == value


@pytest.mark.parametrize("value", [0, -0.1, True, "1", None, float("nan"), float("inf")])
def test_any_other_is_no_positive_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^target must be a number greater than 0, got"):
        positive_number("target", value)


@pytest.mark.parametrize("value", [0, 1, 0.1, pytest.param(_TOKEN, id="a token")])
def test_a_share_may_be_zero(value: Any) -> None:
    assert share("weight", value) == value


@pytest.mark.parametrize("value", [-1, True, "1", None, float("nan"), float("inf")])
def test_any_other_is_no_share(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^weight must be a number of at least 0, got"):
        share("weight", value)


@pytest.mark.parametrize("value", [2**53, 10**400, 10**5000], ids=["2^53", "10^400", "10^5000"])
def test_a_whole_number_that_the_cdk_would_round_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match=r"^count must be a whole number from 1 to 9007199254740991, got"):
        whole_number("count", value, minimum=1)


@pytest.mark.parametrize("check", [positive_number, share])
def test_a_number_that_is_larger_than_every_float_is_refused(check: Any) -> None:
    with pytest.raises(ValueError, match=r"^target must be a number .*, got a whole number of 1329 bits$"):
        check("target", 10**400)
