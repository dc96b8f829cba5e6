"""What an update changes, where it is not what it seems at first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, deployed, properties, update
from tests.simulation import Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_an_update_from_properties_of_a_newer_release_keeps_a_job_that_failed(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=100, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    unreadable = properties(Version="99")

    answer = aws.carry_out(update(aws, name, unreadable, properties(Tags=tags(stage="test"))))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.jobs[name].tags == {"stage": "test"}
    assert len(aws.sagemaker.started) == 1


def test_a_tag_that_is_taken_away_is_all_that_is_sent(aws: SimulatedAws) -> None:
    old, new = tags(project="a", stage="test"), tags(project="a")
    name = deployed(aws, Tags=old)
    before = len(aws.sagemaker.calls)

    aws.carry_out(update(aws, name, properties(Tags=old), properties(Tags=new)))

    assert aws.sagemaker.jobs[name].tags == {"project": "a"}
    assert "AddTags" not in aws.sagemaker.calls[before:]


def test_a_tag_that_is_added_is_all_that_is_sent(aws: SimulatedAws) -> None:
    old, new = tags(project="a"), tags(project="a", stage="test")
    name = deployed(aws, Tags=old)
    before = len(aws.sagemaker.calls)

    aws.carry_out(update(aws, name, properties(Tags=old), properties(Tags=new)))

    assert aws.sagemaker.jobs[name].tags == {"project": "a", "stage": "test"}
    assert "DeleteTags" not in aws.sagemaker.calls[before:]


def test_a_job_of_an_earlier_attempt_gets_all_tags_of_the_update_that_finds_it(aws: SimulatedAws) -> None:
    earlier = aws.carry_out(create(aws, **ANOTHER))["PhysicalResourceId"]
    old, new = tags(project="a", stage="test"), tags(project="a")
    name = deployed(aws, Tags=old)
    before = len(aws.sagemaker.calls)

    answer = aws.carry_out(update(aws, name, properties(Tags=old), properties(Tags=new, **ANOTHER)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", earlier)
    assert aws.sagemaker.jobs[earlier].tags == {"project": "a"}
    assert "DeleteTags" not in aws.sagemaker.calls[before:], "the old job's tags are no matter of the new one"
    assert len(aws.sagemaker.started) == 2


@pytest.mark.parametrize("running", [True, False])
def test_a_change_under_the_same_chosen_name_leaves_the_present_job_alone(
    aws: SimulatedAws, running: bool
) -> None:
    aws.sagemaker.script = Script(ends_after=None) if running else Script(ends_after=100, outcome="FAILED")
    aws.carry_out(create(aws, **CHOSEN))
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    present = aws.sagemaker.jobs["my-job"]

    answer = aws.carry_out(update(aws, "my-job", properties(**CHOSEN), properties(**CHOSEN, **ANOTHER)))

    assert answer["Status"] == "FAILED"
    assert "is taken by the present one" in answer["Reason"]
    assert aws.sagemaker.jobs == {"my-job": present}
    assert aws.sagemaker.running() == (["my-job"] if running else [])


def test_a_rollback_succeeds_although_somebody_else_has_taken_the_chosen_name(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    del aws.sagemaker.jobs["my-job"]
    theirs = {"OptimizationJobName": "my-job", "OutputConfig": {"S3OutputLocation": "s3://theirs/x"}}
    aws.sagemaker.create_optimization_job(**theirs, StoppingCondition={})
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, "my-job", properties(**CHOSEN, **ANOTHER), properties(**CHOSEN)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "my-job")
    assert aws.sagemaker.running() == ["my-job"]


def test_a_create_asks_twice_which_way_its_stack_goes(aws: SimulatedAws) -> None:
    asked: list[str] = []
    aws.faults.before.append(asked.append)

    aws.carry_out(create(aws))

    assert asked.count("DescribeStacks") == 2, "before the job is started, and after"
