"""A read that is a moment old tells nobody a wrong story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.function.requests import create
from tests.simulation import Script, SimulatedAws
from tests.simulation.faults import client_error


def stale(aws: SimulatedAws, at: int, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The n-th DescribeOptimizationJob from now answers something else."""
    original, seen = aws.sagemaker.describe_optimization_job, [0]

    def describe(**request: Any) -> dict[str, Any]:
        seen[0] += 1
        response: dict[str, Any] = original(**request)
        return answer(response) if seen[0] == at else response

    aws.sagemaker.describe_optimization_job = describe  # type: ignore[method-assign]


def test_a_status_that_the_job_has_left_is_not_told_again(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    stale(aws, 3, lambda response: {**response, "OptimizationJobStatus": "STARTING"})

    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_a_job_that_is_once_not_found_is_not_told_to_be_deleted(aws: SimulatedAws) -> None:
    def missing(_: dict[str, Any]) -> dict[str, Any]:
        raise client_error("DescribeOptimizationJob", "ValidationException", "Requested resource not found.")

    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    stale(aws, 2, missing)

    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_one_look_at_an_earlier_run_does_not_end_the_tracker_of_the_present_one(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=100, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    before = aws.sagemaker.describe_optimization_job(OptimizationJobName=name)
    aws.sagemaker.script = Script()
    aws.carry_out(create(aws))
    stale(aws, 2, lambda _: before)

    aws.settle(3600)

    told = ["STARTING", "INPROGRESS", "FAILED", "STARTING", "INPROGRESS", "COMPLETED"]
    assert aws.events.statuses(name) == told
