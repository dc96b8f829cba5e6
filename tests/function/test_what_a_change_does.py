"""Each row of the table "What a change does", and what a rollback of it does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import Script, SimulatedAws

NEW_ARTIFACT: dict[str, dict[str, Any]] = {
    "model source": {"ModelSource": {"S3": {"S3Uri": "s3://models-111122223333/another-model/"}}},
    "SageMaker model as source": {"ModelSource": {"SageMakerModel": {"ModelName": "llama"}}},
    "instance type": {"DeploymentInstanceType": "ml.g6.12xlarge"},
    "configs": {"OptimizationConfigs": [{"ModelCompilationConfig": {}}]},
    "config's environment": {
        "OptimizationConfigs": [
            {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "fp8"}}}
        ]
    },
    "environment": {"OptimizationEnvironment": {"OPTION_DTYPE": "fp16"}},
    "output location": {"OutputConfig": {"S3OutputLocation": "s3://models-111122223333/elsewhere/"}},
    "key": {"OutputConfig": {"S3OutputLocation": "s3://models-111122223333/optimized/", "KmsKeyId": "key"}},
    "output model": {
        "OutputConfig": {
            "S3OutputLocation": "s3://models-111122223333/optimized/",
            "SageMakerModel": {"ModelName": "optimized"},
        }
    },
    "triggers": {"Triggers": ["2026-11"]},
    "explicit name": {"OptimizationJobName": "my-job", "NamePrefix": None},
    "exact output location": {"ExactOutputLocation": True},
}

SAME_ARTIFACT: dict[str, dict[str, Any]] = {
    "role": {"RoleArn": "arn:aws:iam::111122223333:role/Another"},
    "stopping condition": {"StoppingCondition": {"MaxRuntimeInSeconds": 10800}},
    "VPC": {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}},
    "instance count": {"MaxInstanceCount": 2},
    "training plan": {
        "TrainingPlanArns": ["arn:aws:sagemaker:us-east-1:111122223333:training-plan/reserved-for-november"]
    },
    "an empty environment": {"OptimizationEnvironment": {}},
}


def test_a_job_with_the_most_tags_can_have_others_instead(aws: SimulatedAws) -> None:
    old = properties(Tags=[{"Key": f"Key{number}", "Value": "a"} for number in range(50)])
    new = properties(Tags=[{"Key": f"Key{number}", "Value": "b"} for number in range(25, 75)])
    name = deployed(aws, Tags=old["Tags"])

    answer = aws.carry_out(update(aws, name, old, new))

    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert aws.sagemaker.jobs[name].tags == {tag["Key"]: tag["Value"] for tag in new["Tags"]}


@pytest.mark.promise("Nothing leaks: the job leaves the stack")
@pytest.mark.parametrize("change", NEW_ARTIFACT.values(), ids=NEW_ARTIFACT)
def test_a_change_of_what_the_job_makes_runs_a_new_job_and_then_deletes_the_old_record(
    aws: SimulatedAws, change: dict[str, Any]
) -> None:
    old_name = deployed(aws)

    answer = aws.carry_out(update(aws, old_name, properties(), properties(**change)))

    new_name = answer["PhysicalResourceId"]
    assert answer["Status"] == "SUCCESS"
    assert new_name != old_name
    assert aws.sagemaker.running() == [new_name]
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert aws.carry_out(delete(aws, old_name))["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == [new_name]


@pytest.mark.promise("A rollback is a return: something else fails after the new job completed")
@pytest.mark.parametrize("change", NEW_ARTIFACT.values(), ids=NEW_ARTIFACT)
def test_the_rollback_of_such_a_change_finds_the_old_job_and_runs_nothing(
    aws: SimulatedAws, change: dict[str, Any]
) -> None:
    old_name = deployed(aws)
    before = aws.sagemaker.jobs[old_name]
    new_name = aws.carry_out(update(aws, old_name, properties(), properties(**change)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, new_name, properties(**change), properties()))

    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == old_name
    assert aws.sagemaker.jobs[old_name] is before
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    cleanup = delete(aws, new_name)
    cleanup["ResourceProperties"] = properties(**change)
    assert aws.carry_out(cleanup)["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == [old_name]
    assert len(aws.sagemaker.started) == 2


@pytest.mark.promise("Nothing is paid for twice: a change does not concern the artifact")
@pytest.mark.parametrize("change", SAME_ARTIFACT.values(), ids=SAME_ARTIFACT)
def test_a_change_of_how_the_job_runs_starts_nothing(aws: SimulatedAws, change: dict[str, Any]) -> None:
    name = deployed(aws)
    calls = len(aws.sagemaker.calls)

    answer = aws.carry_out(update(aws, name, properties(), properties(**change)))

    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == name
    assert len(aws.sagemaker.started) == 1
    assert set(aws.sagemaker.calls[calls:]) == {"DescribeOptimizationJob"}


def test_tags_are_updated_in_place(aws: SimulatedAws) -> None:
    old = properties(Tags=[{"Key": "Project", "Value": "a"}, {"Key": "Stage", "Value": "test"}])
    new = properties(Tags=[{"Key": "Project", "Value": "b"}, {"Key": "Owner", "Value": "me"}])
    name = deployed(aws, Tags=old["Tags"])

    answer = aws.carry_out(update(aws, name, old, new))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.jobs[name].tags == {"Project": "b", "Owner": "me"}
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("A rollback is a return: tags were changed in place")
def test_the_rollback_of_tags_brings_the_old_ones_back(aws: SimulatedAws) -> None:
    old = properties(Tags=[{"Key": "Project", "Value": "a"}])
    new = properties(Tags=[{"Key": "Owner", "Value": "me"}])
    name = deployed(aws, Tags=old["Tags"])
    aws.carry_out(update(aws, name, old, new))
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(update(aws, name, new, old))["Status"] == "SUCCESS"

    assert aws.sagemaker.jobs[name].tags == {"Project": "a"}


def test_an_explicit_name_and_a_change_that_needs_a_new_job_fails_before_anything_runs(
    aws: SimulatedAws,
) -> None:
    named = {"OptimizationJobName": "my-job", "NamePrefix": None}
    old = properties(**named)
    new = properties(**named, DeploymentInstanceType="ml.g6.12xlarge")
    name = deployed(aws, **named)

    answer = aws.carry_out(update(aws, name, old, new))

    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "my-job"
    assert "Change optimization_job_name" in answer["Reason"]
    assert len(aws.sagemaker.started) == 1
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    back = aws.carry_out(update(aws, name, new, old))
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", "my-job")
    assert len(aws.sagemaker.started) == 1


def test_an_explicit_name_that_changes_together_with_the_definition_is_a_replacement(
    aws: SimulatedAws,
) -> None:
    old = properties(OptimizationJobName="first", NamePrefix=None)
    new = properties(OptimizationJobName="second", NamePrefix=None, DeploymentInstanceType="ml.g6.12xlarge")
    deployed(aws, OptimizationJobName="first", NamePrefix=None)

    answer = aws.carry_out(update(aws, "first", old, new))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "second")


def test_a_failed_job_that_is_run_again_just_when_its_update_is_rolled_back_is_ended(
    aws: SimulatedAws,
) -> None:
    """The rollback comes between the deletion of the record and the new run, and sees neither."""
    aws.sagemaker.script = Script(ends_after=600, outcome="FAILED")
    old, new = properties(), properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.script = Script(ends_after=None)

    def roll_back() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        answer = aws.carry_out(update(aws, name, new, old))
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)

    aws.faults.meanwhile("CreateOptimizationJob", roll_back)
    aws.send(update(aws, name, old, new))
    aws.settle(600)

    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.running() == []


@pytest.mark.promise("A rollback is a return: a failed job had run again")
@pytest.mark.parametrize("starts_after", [3600, 0], ids=["that is starting", "that runs"])
def test_a_new_run_of_a_failed_job_that_is_rolled_back_can_be_asked_for_again(
    aws: SimulatedAws, starts_after: float
) -> None:
    """Its record stays, stopped: without one, every later deployment of the resource would fail."""
    aws.sagemaker.script = Script(ends_after=600, outcome="FAILED")
    old, new = properties(), properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.script = Script(starts_after=starts_after, ends_after=None, stops_after=120)

    def cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    aws.faults.meanwhile("CreateOptimizationJob", cancelled)
    failed = aws.carry_out(update(aws, name, old, new))
    back = aws.carry_out(update(aws, name, new, old))
    aws.settle(600)

    assert failed["Status"] == "FAILED"
    assert "the stack is rolling back or being deleted" in failed["Reason"]
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", name)
    assert back["Data"]["CreationTime"] == aws.sagemaker.jobs[name].creation_time
    assert aws.sagemaker.jobs[name].status(aws.time) == "STOPPED"
    aws.stack_status = "UPDATE_IN_PROGRESS"
    again = aws.carry_out(update(aws, name, old, new))
    assert (again["Status"], again["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.running() == [name]


@pytest.mark.promise("A rollback is a return: a failed job had run again")
def test_a_record_that_was_removed_for_a_run_that_never_came_says_what_to_do(aws: SimulatedAws) -> None:
    """The stack turns back while the quota is full: there is no record any more, and no run yet."""
    aws.sagemaker.script = Script(ends_after=600, outcome="FAILED")
    old, new = properties(), properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.sagemaker.script = Script(ends_after=None)
    other = create(aws)
    other["LogicalResourceId"] = "Other"
    others = aws.carry_out(other)["PhysicalResourceId"]
    aws.sagemaker.quota = 1
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.send(update(aws, name, old, new))
    aws.settle(300)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.settle(600)
    back = aws.carry_out(update(aws, name, new, old))
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.quota = None

    again = aws.carry_out(update(aws, name, old, new))

    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", name)
    assert again["Status"] == "FAILED"
    assert "or for a new run that could not start" in again["Reason"]
    assert "Change `triggers`" in again["Reason"]
    triggered = properties(StoppingCondition={"MaxRuntimeInSeconds": 9000}, Triggers=["again"])
    assert aws.carry_out(update(aws, name, old, triggered))["Status"] == "SUCCESS"
    assert len({*aws.sagemaker.running()} - {others}) == 1


def test_a_chosen_job_whose_record_is_gone_runs_again_only_under_another_name(aws: SimulatedAws) -> None:
    chosen = {"OptimizationJobName": "my-job", "NamePrefix": None}
    deployed(aws, **chosen)
    del aws.sagemaker.jobs["my-job"]
    longer = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}

    answer = aws.carry_out(update(aws, "my-job", properties(**chosen), properties(**chosen, **longer)))

    assert answer["Status"] == "FAILED"
    assert "my-job no longer exists" in answer["Reason"]
    assert "Change `optimization_job_name` to run it again" in answer["Reason"]
    other = properties(**{**chosen, "OptimizationJobName": "mine-2"})
    assert aws.carry_out(update(aws, "my-job", properties(**chosen), other))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == ["mine-2"]


def test_a_rollback_to_a_chosen_name_that_another_has_taken_meanwhile_comes_to_its_end(
    aws: SimulatedAws,
) -> None:
    named = properties(OptimizationJobName="first", NamePrefix=None)
    deployed(aws, OptimizationJobName="first", NamePrefix=None)
    second = aws.carry_out(update(aws, "first", named, properties()))["PhysicalResourceId"]
    del aws.sagemaker.jobs["first"]
    other = create(aws, OptimizationJobName="first", NamePrefix=None)
    other["LogicalResourceId"] = "Other"
    aws.carry_out(other)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, second, properties(), named))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "first")
    assert answer["Data"]["CreationTime"] == ""
    assert len(aws.sagemaker.started) == 3


def test_a_rollback_to_what_never_became_of_a_chosen_job_hands_on_the_job_that_is_there(
    aws: SimulatedAws,
) -> None:
    """An update failed and was not rolled back, so its properties are the old ones of the next."""
    named = {"OptimizationJobName": "first", "NamePrefix": None}
    deployed(aws, **named)
    present = aws.sagemaker.jobs["first"]
    never = properties(**named, DeploymentInstanceType="ml.g6.12xlarge")
    neither = properties(**named, DeploymentInstanceType="ml.p4d.24xlarge")
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, "first", neither, never))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "first")
    assert answer["Data"]["CreationTime"] == present.creation_time


def test_a_job_keeps_its_name_even_if_names_are_made_otherwise_today(aws: SimulatedAws) -> None:
    name = deployed(aws)

    answer = aws.carry_out(update(aws, name, properties(), properties(NamePrefix="another--prefix")))

    assert answer["PhysicalResourceId"] == name
    assert len(aws.sagemaker.started) == 1


def test_a_repeated_definition_in_another_place_of_the_stack_is_another_job(aws: SimulatedAws) -> None:
    first = aws.carry_out(create(aws))["PhysicalResourceId"]
    request = create(aws)
    request["LogicalResourceId"] = "AnotherPlace"

    assert aws.carry_out(request)["PhysicalResourceId"] != first


@pytest.mark.promise("Nothing is paid for twice: the next update reverts the one before")
def test_a_rollback_to_a_job_that_still_runs_leaves_it_running(aws: SimulatedAws) -> None:
    """Nobody waited for it: Completion.detached()."""
    old_name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_IN_PROGRESS"
    new = properties(DeploymentInstanceType="ml.g6.12xlarge")
    new_name = aws.carry_out(update(aws, old_name, properties(), new))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.faults.fail("DescribeStacks", "ThrottlingException", "Rate exceeded", times=3)

    answer = aws.carry_out(update(aws, new_name, new, properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old_name)
    assert old_name in aws.sagemaker.running()


@pytest.mark.promise("Nothing is paid for twice: the deploy fails elsewhere, and is tried again")
@pytest.mark.parametrize("named", [{}, {"OptimizationJobName": "my-job", "NamePrefix": None}])
def test_a_definition_that_failed_and_was_not_rolled_back_is_not_taken_for_the_one_that_is_deployed(
    aws: SimulatedAws, named: dict[str, Any]
) -> None:
    """With --no-rollback, the old properties of the next update are those of the update that failed."""
    old_name = deployed(aws, **named)
    new = properties(**named, DeploymentInstanceType="ml.g6.12xlarge")

    answer = aws.carry_out(update(aws, old_name, new, new))

    if named:
        assert "Change optimization_job_name" in answer["Reason"]
    else:
        assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
