"""The use of a draft is written as vLLM reads it, so nothing in it may be wrong or unknown."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"tokens": 0}, "tokens must be a whole number of at least 1, known at synthesis, got 0"),
        ({"tokens": 2.5}, "tokens must be a whole number of at least 1, known at synthesis, got 2.5"),
        ({"tokens": True}, "tokens must be a whole number of at least 1, known at synthesis, got True"),
        ({"tokens": "5"}, "tokens must be a whole number of at least 1, known at synthesis, got '5'"),
        (
            {"draft_tensor_parallel_degree": -1},
            "draft_tensor_parallel_degree must be a whole number of at least 1, known at synthesis, got -1",
        ),
        ({"method": ""}, "method must be vLLM's name of a method, such as 'eagle3' or 'eagle', got ''"),
        ({"method": "EAGLE 3"}, "such as 'eagle3' or 'eagle', got 'EAGLE 3'"),
        ({"method": 3}, "such as 'eagle3' or 'eagle', got 3"),
    ],
)
def test_a_wrong_value_is_named(props: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        optimization.Speculation.eagle(**props)


def test_a_number_that_is_known_only_at_deployment_has_no_place_in_json(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Tokens", type="Number").value_as_number
    with pytest.raises(ValueError, match=r"known at synthesis, got a token"):
        optimization.Speculation.eagle(tokens=number)  # type: ignore[arg-type]
    name = cdk.CfnParameter(stack, "Method").value_as_string
    with pytest.raises(ValueError, match=r"or 'eagle', got '<.+>'$"):
        optimization.Speculation.eagle(method=name)


def test_two_that_say_the_same_are_equal() -> None:
    assert optimization.Speculation.eagle() == optimization.Speculation.eagle(method="eagle3", tokens=5)
