"""A response that cannot be read is an error that passes, and one that lacks something is answered all the
same.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from tests.function.requests import create, deployed, properties, update
from tests.simulation import Script, SimulatedAws

ANOTHER: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
NEVER_ENDS = Script(ends_after=None)


def a_page_comes_back(
    aws: SimulatedAws, operation: str, *, times: int = 1, after_effect: bool = False
) -> None:
    """A proxy on the way answers the next calls of an operation with a page of its own."""
    left = [None] * times

    def page(called: str) -> None:
        if called == operation and left:
            left.pop()
            raise ResponseParserError("Unable to parse response (syntax error: line 1, column 0)")

    (aws.faults.after if after_effect else aws.faults.before).append(page)


@pytest.mark.parametrize(
    "operation", ["DescribeOptimizationJob", "CreateOptimizationJob", "DescribeStacks", "StartExecution"]
)
@pytest.mark.parametrize("after_effect", [False, True], ids=["on its way there", "on its way back"])
def test_a_call_whose_response_cannot_be_read_is_made_again(
    aws: SimulatedAws, operation: str, after_effect: bool
) -> None:
    """The attempts of the state machine at a step that crashes would be over by then."""
    aws.sagemaker.script = NEVER_ENDS
    a_page_comes_back(aws, operation, times=12 if operation == "DescribeOptimizationJob" else 1)
    request = create(aws)

    answer = aws.carry_out(request)
    aws.settle(600)

    assert answer["Status"] == "SUCCESS"
    assert len(aws.answers[request["RequestId"]]) == 1
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert len(aws.sagemaker.started) == 1


def test_jobs_that_cannot_be_read_for_an_hour_are_a_failure_that_says_so(aws: SimulatedAws) -> None:
    a_page_comes_back(aws, "DescribeOptimizationJob", times=10_000)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "DescribeOptimizationJob: Unable to parse response" in answer["Reason"]


def test_a_bus_whose_response_cannot_be_read_is_told_again(aws: SimulatedAws) -> None:
    a_page_comes_back(aws, "PutEvents")

    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert aws.failed_executions == []


def test_a_rollback_succeeds_although_one_look_at_its_stack_lacks_the_status(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is the look before the execution: its steps look again."""
    old = deployed(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    describe, looks = aws.describe_stacks, 0

    def lacking(*, StackName: str) -> dict[str, Any]:  # noqa: N803
        nonlocal looks
        looks += 1
        return {"Stacks": [{}]} if looks == 1 else describe(StackName=StackName)

    monkeypatch.setattr(aws, "describe_stacks", lacking)

    answer = aws.carry_out(update(aws, new, properties(**ANOTHER), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert looks > 1


def test_an_update_whose_jobs_lack_something_for_good_is_answered_all_the_same(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its steps nor the last resort understand the job."""
    old = deployed(aws)
    describe = aws.sagemaker.describe_optimization_job
    aws.sagemaker.script = NEVER_ENDS
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]

    def lacking(*, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        response = describe(OptimizationJobName=OptimizationJobName)
        del response["OutputConfig"]
        return response

    monkeypatch.setattr(aws.sagemaker, "describe_optimization_job", lacking)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "FAILED"
    assert "the job of this request may still run, because it could not be stopped" in answer["Reason"]
    assert new in aws.sagemaker.running()
