"""A Stop or a Delete that has been accepted, and whose effect is not seen yet, or never."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.simulation import Script, SimulatedAws

FOR_GOOD = 10**9
ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
LIMITED = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}


def running(aws: SimulatedAws) -> str:
    """The name of a job that runs for ever, in a stack that is deleted."""
    aws.sagemaker.script = Script(ends_after=None)
    name: str = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.executions.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"
    return name


@pytest.mark.parametrize("lag", [10, 30])
def test_a_stop_that_is_not_seen_yet_is_asked_for_once(
    in_dialect: Callable[..., SimulatedAws], lag: float
) -> None:
    aws = in_dialect(stop_lag=lag)
    name = running(aws)

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.calls.count("StopOptimizationJob") == 1
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize("shows_deleting", [False, True])
@pytest.mark.parametrize("lag", [10, 30])
def test_a_record_that_is_still_seen_is_deleted_once(
    in_dialect: Callable[..., SimulatedAws], lag: float, shows_deleting: bool
) -> None:
    aws = in_dialect(delete_lag=lag, shows_deleting=shows_deleting)
    name = deployed(aws)
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.calls.count("DeleteOptimizationJob") == 1
    assert lag <= aws.time - aws.sent_at["request-2"] <= lag + 15


@pytest.mark.promise("Nothing leaks: a Stop or a Delete has no effect, or fails for an hour")
def test_a_stop_without_an_effect_is_asked_for_once_a_minute_and_ends_in_time_with_an_answer(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    aws = in_dialect(stop_lag=FOR_GOOD)
    name = running(aws)

    answer = aws.carry_out(delete(aws, name))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert "StopOptimizationJob shows no effect yet" in answer["Reason"]
    assert "Try the same operation of the stack again" in answer["Reason"]
    assert 50 <= aws.sagemaker.calls.count("StopOptimizationJob") <= 56
    assert aws.sagemaker.calls.count("DescribeOptimizationJob") <= 3600 / 5


def test_a_delete_without_an_effect_is_asked_for_once_a_minute_and_ends_in_time_with_an_answer(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    aws = in_dialect(delete_lag=FOR_GOOD)
    name = deployed(aws)
    aws.executions.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, name))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert "DeleteOptimizationJob shows no effect yet" in answer["Reason"]
    assert 50 <= aws.sagemaker.calls.count("DeleteOptimizationJob") <= 56


# A status that no list has.


def test_a_delete_waits_for_a_status_that_is_not_known(in_dialect: Callable[..., SimulatedAws]) -> None:
    aws = in_dialect(delete_lag=300, shows_deleting=True)
    name = deployed(aws)
    aws.sagemaker.delete_optimization_job(OptimizationJobName=name)
    aws.sagemaker.calls.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"
    began = aws.time

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert 360 <= aws.time - began <= 375, "five minutes, and one to be sure"
    assert set(aws.sagemaker.calls) == {"DescribeOptimizationJob"}


def test_a_status_that_stays_unknown_fails_a_delete_in_time(in_dialect: Callable[..., SimulatedAws]) -> None:
    aws = in_dialect(delete_lag=FOR_GOOD, shows_deleting=True)
    name = deployed(aws)
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, name))

    assert answer["Status"] == "FAILED"
    assert "the job is DELETING" in answer["Reason"]


def test_a_create_waits_for_a_record_that_is_being_deleted_and_starts_its_job_then(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    aws = in_dialect(delete_lag=300, shows_deleting=True)
    name = deployed(aws)
    aws.sagemaker.delete_optimization_job(OptimizationJobName=name)

    answer = aws.carry_out(create(aws))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.running() == [name]
    assert len(aws.sagemaker.started) == 2


def test_an_update_waits_for_the_record_of_a_failed_job_that_it_runs_again(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    aws = in_dialect(delete_lag=300, shows_deleting=True)
    aws.sagemaker.script = Script(ends_after=60, outcome="FAILED")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.sagemaker.script = Script()
    aws.stack_status = "UPDATE_IN_PROGRESS"

    answer = aws.carry_out(update(aws, name, properties(), properties(**LIMITED)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.running() == [name]
    assert aws.sagemaker.calls.count("DeleteOptimizationJob") == 1


def test_a_replacement_waits_for_the_record_of_an_earlier_job_of_its_name(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    aws = in_dialect(delete_lag=300, shows_deleting=True)
    earlier = deployed(aws, **ANOTHER)
    old = deployed(aws)
    aws.sagemaker.delete_optimization_job(OptimizationJobName=earlier)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", earlier)
    assert aws.sagemaker.running() == [earlier]


def test_a_leg_waits_while_the_status_of_its_job_is_not_known(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    aws = in_dialect(delete_lag=300, shows_deleting=True)
    name = deployed(aws)
    aws.sagemaker.delete_optimization_job(OptimizationJobName=name)
    began = aws.time

    answer = aws.carry_out(leg(aws, name, Last=True))

    assert answer["Status"] == "FAILED"
    assert "no longer exists" in answer["Reason"]
    assert 360 <= aws.time - began <= 420, "five minutes, and one to be sure"
