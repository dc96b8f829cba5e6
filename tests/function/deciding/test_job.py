"""The life of a job, where two things happen at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, deployed, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
LIMITED = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}
TAGGED = {"Tags": [{"Key": "stage", "Value": "test"}]}
CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}
FAILS = Script(ends_after=100, outcome="FAILED", reason="out of memory")


def running(aws: SimulatedAws, **changes: Any) -> str:
    """The name of a job that runs for ever, in a stack that is about to be updated."""
    aws.sagemaker.script = Script(ends_after=None)
    name: str = aws.carry_out(create(aws, **changes))["PhysicalResourceId"]
    aws.settle(600)
    begin_update(aws)
    return name


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def turn_back(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize("change", [LIMITED, TAGGED], ids=["run settings", "tags"])
def test_the_rollback_of_a_change_in_place_leaves_the_job_running(
    aws: SimulatedAws, change: dict[str, Any]
) -> None:
    name = running(aws)
    aws.carry_out(update(aws, name, properties(), properties(**change)))
    turn_back(aws)

    assert aws.carry_out(update(aws, name, properties(**change), properties()))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [name]


def test_a_stack_that_turns_back_during_a_change_in_place_does_not_stop_its_job(aws: SimulatedAws) -> None:
    name = running(aws)
    aws.faults.meanwhile_after("DescribeStacks", lambda: turn_back(aws))

    aws.carry_out(update(aws, name, properties(), properties(**TAGGED)))

    assert aws.sagemaker.running() == [name]


def test_a_stack_that_turns_back_before_a_failed_job_runs_again_keeps_its_record(aws: SimulatedAws) -> None:
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    begin_update(aws)
    aws.faults.meanwhile_after("DescribeStacks", lambda: turn_back(aws))

    aws.carry_out(update(aws, name, properties(), properties(**LIMITED)))

    assert list(aws.sagemaker.jobs) == [name]
    assert len(aws.sagemaker.started) == 1


def test_a_rollback_that_comes_when_the_job_that_ran_again_has_completed_stops_nothing(
    aws: SimulatedAws,
) -> None:
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    begin_update(aws)
    aws.sagemaker.script = Script()
    aws.carry_out(update(aws, name, properties(), properties(**LIMITED)))
    aws.settle(3600)
    turn_back(aws)

    assert aws.carry_out(update(aws, name, properties(**LIMITED), properties()))["Status"] == "SUCCESS"
    assert "StopOptimizationJob" not in aws.sagemaker.calls


def test_a_rollback_in_place_succeeds_although_the_record_was_deleted_by_hand(aws: SimulatedAws) -> None:
    name = deployed(aws)
    del aws.sagemaker.jobs[name]
    turn_back(aws)

    answer = aws.carry_out(update(aws, name, properties(**TAGGED), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert answer["Data"]["CreationTime"] == ""
    assert len(aws.sagemaker.started) == 1


def test_a_job_that_fails_before_its_create_was_confirmed_is_not_run_again(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(starts_after=0, ends_after=1, outcome="FAILED", reason="no such image")
    aws.faults.lose_answer("CreateOptimizationJob")

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS", "the legs say why it failed"
    assert len(aws.sagemaker.started) == 1


def test_an_earlier_run_that_is_stopping_is_waited_for_and_run_again(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None, stops_after=300)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.sagemaker.stop_optimization_job(OptimizationJobName=name)
    aws.sagemaker.script = Script()
    looks = len(aws.sagemaker.calls)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [name]
    assert len(aws.sagemaker.started) == 2
    # Four times a minute for five minutes.
    assert 15 <= aws.sagemaker.calls[looks:].count("DescribeOptimizationJob") <= 30


def test_a_create_with_tags_sends_them_once(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws, **TAGGED))["PhysicalResourceId"]

    assert aws.sagemaker.jobs[name].tags == {"stage": "test"}
    assert "AddTags" not in aws.sagemaker.calls


def test_a_rollback_to_the_old_job_does_not_touch_its_tags(aws: SimulatedAws) -> None:
    old_name = deployed(aws, **TAGGED)
    new_name = aws.carry_out(update(aws, old_name, properties(**TAGGED), properties(**ANOTHER)))[
        "PhysicalResourceId"
    ]
    turn_back(aws)

    aws.carry_out(update(aws, new_name, properties(**ANOTHER), properties(**TAGGED)))

    assert "AddTags" not in aws.sagemaker.calls


def test_a_cancelled_update_leaves_somebody_elses_job_of_the_name_that_it_wanted(aws: SimulatedAws) -> None:
    old_name = deployed(aws)
    theirs = {"OptimizationJobName": "my-job", "OutputConfig": {"S3OutputLocation": "s3://theirs/x"}}
    aws.sagemaker.create_optimization_job(**theirs, StoppingCondition={})
    aws.sagemaker.jobs["my-job"].script = Script(ends_after=None)
    turn_back(aws)

    answer = aws.carry_out(update(aws, old_name, properties(**CHOSEN, **ANOTHER), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old_name)
    assert aws.sagemaker.running() == ["my-job"]


def test_a_cancelled_update_whose_job_has_completed_keeps_what_was_paid_for(aws: SimulatedAws) -> None:
    new_name = aws.carry_out(create(aws, **ANOTHER))["PhysicalResourceId"]
    old_name = deployed(aws)
    turn_back(aws)

    aws.carry_out(update(aws, old_name, properties(**ANOTHER), properties()))

    assert sorted(aws.sagemaker.jobs) == sorted([old_name, new_name])


def test_a_rollback_does_not_wait_for_a_job_that_is_stopping_already(aws: SimulatedAws) -> None:
    old_name = deployed(aws)
    aws.sagemaker.script = Script(ends_after=None, stops_after=1200)
    new_name = aws.carry_out(update(aws, old_name, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    aws.sagemaker.stop_optimization_job(OptimizationJobName=new_name)
    turn_back(aws)
    began = aws.time

    aws.carry_out(update(aws, old_name, properties(**ANOTHER), properties()))

    assert aws.time - began < 60


def test_a_create_that_took_its_job_back_says_why(aws: SimulatedAws) -> None:
    def deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"

    aws.sagemaker.script = Script(ends_after=None)
    aws.faults.meanwhile_after("CreateOptimizationJob", deleted)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "the stack is rolling back or being deleted" in answer["Reason"]
    assert aws.sagemaker.jobs == {}


def test_a_create_that_takes_its_job_back_leaves_the_next_run_of_that_name(aws: SimulatedAws) -> None:
    def deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"

    aws.sagemaker.script = Script(ends_after=None, stops_after=300)
    aws.faults.meanwhile_after("CreateOptimizationJob", deleted)
    request = create(aws)
    aws.send(request)
    aws.settle(20)
    (ours,) = aws.sagemaker.requests
    aws.sagemaker.jobs.clear()
    aws.sagemaker.create_optimization_job(**ours)
    aws.settle(600)

    assert aws.answers[request["RequestId"]][0]["Status"] == "FAILED"
    assert aws.sagemaker.running() == [ours["OptimizationJobName"]]
