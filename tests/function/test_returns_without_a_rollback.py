"""A resource whose update failed may be updated back although its stack is not rolled back: that is a return,
and starts no job.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, deployed, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
LIMITED: dict[str, Any] = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}
FAILS = Script(ends_after=300, outcome="FAILED", reason="out of memory")

every_status = pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_FAILED"])


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


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
