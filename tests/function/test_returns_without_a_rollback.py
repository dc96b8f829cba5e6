"""A resource whose update failed may be updated back although its stack is not rolled back: that is a return,
and starts no job.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, deployed, properties, update
from tests.function.stale import refuse_while
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
LIMITED: dict[str, Any] = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}
FAILS = Script(ends_after=300, outcome="FAILED", reason="out of memory")

OTHER_MODEL: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.12xlarge"}

every_status = pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_FAILED"])


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def shows(aws: SimulatedAws, physical_id: str, *statuses: str) -> None:
    """DescribeStackResource shows these statuses of the job, one after another; then always the last one."""
    left = list(statuses)

    def resource(_: float) -> dict[str, dict[str, Any]]:
        status = left.pop(0) if len(left) > 1 else left[0]
        return {"Llama3": {"PhysicalResourceId": physical_id, "ResourceStatus": status}}

    aws.stack_resources_at[STACK_ID] = resource


def has_full_quota_for(aws: SimulatedAws, seconds: float) -> None:
    until = aws.time + seconds
    refuse_while(aws, "CreateOptimizationJob", lambda: aws.time < until, "ResourceLimitExceeded")


@every_status
def test_the_return_to_a_job_that_completed_starts_nothing(aws: SimulatedAws, status: str) -> None:
    old = deployed(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    begin_update(aws)
    aws.faults.fail("CreateOptimizationJob", "ValidationException", "no such image")
    failed = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    aws.stack_status = status

    answer = aws.carry_out(update(aws, old, properties(**ANOTHER), properties()))

    assert failed["Status"] == "FAILED"
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert len(aws.sagemaker.started) == 1


@every_status
def test_the_return_to_the_settings_of_a_job_whose_new_run_failed_runs_it_no_third_time(
    aws: SimulatedAws, status: str
) -> None:
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(1000)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name}
    begin_update(aws)
    assert aws.carry_out(update(aws, name, properties(), properties(**LIMITED)))["Status"] == "SUCCESS"
    aws.settle(1000)
    aws.stack_status = status

    answer = aws.carry_out(update(aws, name, properties(**LIMITED), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.running() == []


@every_status
def test_the_return_from_a_job_that_runs_ends_it(aws: SimulatedAws, status: str) -> None:
    """Its update had no response that CloudFormation took."""
    old = deployed(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    begin_update(aws)
    aws.sagemaker.script = Script(ends_after=None)
    aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    aws.stack_status = status

    answer = aws.carry_out(update(aws, old, properties(**ANOTHER), properties()))
    aws.settle(600)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert list(aws.sagemaker.jobs) == [old]
    assert len(aws.sagemaker.started) == 2


@pytest.mark.promise("Nothing leaks: the request arrives late")
@pytest.mark.parametrize("seconds", [40, 120])
def test_the_return_ends_the_job_of_an_update_that_is_delivered_after_it(
    aws: SimulatedAws, seconds: float
) -> None:
    old = deployed(aws)
    begin_update(aws)
    aws.sagemaker.script = Script(ends_after=None)
    aws.send_later(update(aws, old, properties(), properties(**ANOTHER)), seconds)

    answer = aws.carry_out(update(aws, old, properties(**ANOTHER), properties()))
    aws.settle(600)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert list(aws.sagemaker.jobs) == [old]
    assert len(aws.sagemaker.started) == 2


def test_the_next_update_waits_no_longer_for_one_that_started_nothing(aws: SimulatedAws) -> None:
    """It may still want something else: only a return waits for as long as a create can take."""
    old = deployed(aws)
    begin_update(aws)
    aws.faults.fail("CreateOptimizationJob", "ValidationException", "no such image")
    aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    aws.stack_status = "UPDATE_FAILED"
    aws.settle(600)
    begin_update(aws)
    began = aws.time

    answer = aws.carry_out(update(aws, old, properties(**ANOTHER), properties(**OTHER_MODEL)))

    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert aws.time - began <= 60


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_FAILED"])
@pytest.mark.parametrize("seconds", [100, 1800])
def test_an_update_that_is_delivered_when_its_resource_has_gone_back_starts_nothing(
    aws: SimulatedAws, status: str, seconds: float
) -> None:
    """Other resources of the stack still go back, so the stack shows no end of the update."""
    old = deployed(aws)
    begin_update(aws)
    late = update(aws, old, properties(), properties(**ANOTHER))
    shows(aws, old, status)
    aws.settle(seconds)

    answer = aws.carry_out(late)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert len(aws.sagemaker.started) == 1


def test_an_update_that_waits_for_the_quota_while_its_resource_goes_back_starts_nothing(
    aws: SimulatedAws,
) -> None:
    old = deployed(aws)
    begin_update(aws)
    shows(aws, old, "UPDATE_IN_PROGRESS")
    has_full_quota_for(aws, 300)
    waiting = update(aws, old, properties(), properties(**ANOTHER))
    aws.send(waiting)
    aws.settle(200)
    shows(aws, old, "UPDATE_COMPLETE")

    assert aws.wait_for_answer(waiting)["Status"] == "FAILED"
    assert len(aws.sagemaker.started) == 1


@pytest.mark.parametrize("stale", [0, 1, 2])
def test_an_update_that_waits_for_the_quota_starts_its_job_although_reads_of_its_resource_are_stale(
    aws: SimulatedAws, stale: int
) -> None:
    old = deployed(aws)
    begin_update(aws)
    shows(aws, old, *["UPDATE_COMPLETE"] * stale, "UPDATE_IN_PROGRESS")
    has_full_quota_for(aws, 300)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]


@every_status
def test_the_return_from_a_definition_that_a_chosen_name_does_not_allow_runs_nothing(
    aws: SimulatedAws, status: str
) -> None:
    """The update wanted other settings as well, so its return asks for those of before."""
    aws.sagemaker.script = FAILS
    chosen = {"OptimizationJobName": "my-job"}
    name = aws.carry_out(create(aws, **chosen))["PhysicalResourceId"]
    aws.settle(1000)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name}
    begin_update(aws)
    old, new = properties(**chosen), properties(**chosen, **ANOTHER, **LIMITED)
    assert aws.carry_out(update(aws, name, old, new))["Status"] == "FAILED"
    aws.stack_status = status

    answer = aws.carry_out(update(aws, name, new, old))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert len(aws.sagemaker.started) == 1
