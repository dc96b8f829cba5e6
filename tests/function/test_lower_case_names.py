"""IAM may see the names of jobs in lower case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.simulation import SimulatedAws

CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}


@pytest.mark.parametrize("named", [{}, CHOSEN], ids=["generated name", "chosen name"])
@pytest.mark.parametrize("lower_case", [False, True])
def test_a_job_lives_its_whole_life(
    in_dialect: Callable[..., SimulatedAws], lower_case: bool, named: dict[str, Any]
) -> None:
    aws = in_dialect(lower_case_arns=lower_case)
    name = deployed(aws, **named)
    waited = aws.carry_out(leg(aws, name, Last=True))
    tagged = properties(**named, Tags=[{"Key": "stage", "Value": "test"}])
    updated = aws.carry_out(update(aws, name, properties(**named), tagged))
    aws.stack_status = "DELETE_IN_PROGRESS"
    gone = aws.carry_out(delete(aws, name, **named))

    assert [answer["Status"] for answer in (waited, updated, gone)] == ["SUCCESS"] * 3
    assert aws.sagemaker.jobs == {}


def test_the_function_adds_no_capitals_to_a_name(aws: SimulatedAws) -> None:
    name: str = aws.carry_out(create(aws))["PhysicalResourceId"]
    assert name == name.lower()


def test_a_name_with_capitals_would_be_denied(in_dialect: Callable[..., SimulatedAws]) -> None:
    """So the test above would notice them."""
    aws = in_dialect(lower_case_arns=True)
    assert aws.carry_out(create(aws, NamePrefix="Models--Llama3"))["Status"] == "FAILED"
