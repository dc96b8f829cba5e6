"""A call may take a minute. That minute is none over which something was seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.function.requests import deployed, properties, update
from tests.function.stale import jobs_unseen_for
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
NEVER_ENDS = Script(ends_after=None)


@pytest.fixture
def old(aws: SimulatedAws) -> str:
    """The job that is deployed, when its stack begins an update."""
    name = deployed(aws)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = NEVER_ENDS
    return name


def cancelled_for(aws: SimulatedAws, old: str, seconds: float) -> Callable[[], None]:
    """The update is cancelled, its stack goes back, and so many seconds pass."""

    def cancel() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        aws.send(update(aws, old, properties(**ANOTHER), properties()))
        aws.settle(seconds)

    return cancel


def takes(aws: SimulatedAws, operation: str, seconds: float) -> None:
    """Every call of an operation takes so many seconds."""
    aws.faults.before.append(lambda called: aws.settle(seconds) if called == operation else None)


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
@pytest.mark.parametrize("lag", [0, 20, 45])
def test_an_update_that_is_cancelled_during_a_create_of_more_than_a_minute_leaves_no_record(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, old: str, lag: float
) -> None:
    jobs_unseen_for(monkeypatch, aws, lag)
    aws.faults.meanwhile("CreateOptimizationJob", cancelled_for(aws, old, 75))

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    aws.settle(600)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]


@pytest.mark.promise("Nothing leaks: the function dies at any line")
@pytest.mark.parametrize("rest", [0, 30, 600])
def test_a_cancelled_update_whose_function_dies_after_it_stopped_the_job_leaves_no_record(
    aws: SimulatedAws, old: str, rest: float
) -> None:
    aws.faults.meanwhile("CreateOptimizationJob", cancelled_for(aws, old, 75))
    aws.faults.die_after("StopOptimizationJob")

    aws.send(update(aws, old, properties(), properties(**ANOTHER)))
    aws.settle(rest)
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    aws.settle(1200)

    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]


def test_no_job_is_created_on_what_was_seen_before_a_call_of_a_minute(aws: SimulatedAws, old: str) -> None:
    aws.faults.meanwhile_after("DescribeStacks", cancelled_for(aws, old, 60))

    aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert len(aws.sagemaker.started) == 1
    assert list(aws.sagemaker.jobs) == [old]


def test_a_job_is_created_although_every_call_takes_a_while(aws: SimulatedAws, old: str) -> None:
    for operation in ("DescribeOptimizationJob", "DescribeStacks"):
        takes(aws, operation, 9)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2
