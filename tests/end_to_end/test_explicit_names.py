"""Jobs whose names the user has chosen."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import (
    artifact_files,
    created,
    foreign_job,
    inventory,
    parameter,
    recorded_jobs,
    stop_foreign_job,
)
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import FP8, LOCATION, PREFIX, add_job, one_job


def test_a_chosen_name_is_the_jobs_name(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    project.given(one_job(optimization_job_name="llama-awq"))
    assert recorded_jobs(cloud) == {"llama-awq": "COMPLETED"}
    assert parameter(cloud, LOCATION).endswith("/llama/llama-awq/")
    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before


def test_a_name_that_turns_out_to_be_none_is_a_generated_one(cloud: LocalCloud, project: Project) -> None:
    def build(stack: cdk.Stack) -> None:
        name = cdk.CfnParameter(stack, "JobName", default="").value_as_string
        is_empty = cdk.Fn.condition_equals(name, "")
        has = cdk.CfnCondition(stack, "HasName", expression=cdk.Fn.condition_not(is_empty))
        chosen = cdk.Fn.condition_if(has.logical_id, name, cdk.Aws.NO_VALUE).to_string()
        one_job(optimization_job_name=chosen)(stack)

    project.given(build)
    (name,) = recorded_jobs(cloud)
    assert name.startswith(PREFIX)
    assert artifact_files(cloud, parameter(cloud, LOCATION))
    assert project.delete().status == "DELETE_COMPLETE"
    assert recorded_jobs(cloud) == {}


@pytest.mark.promise("What passes is waited out: the input is wrong")
def test_a_change_under_the_same_name_fails_before_anything_runs(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job(optimization_job_name="llama"))
    before, location = inventory(cloud), parameter(cloud, LOCATION)
    stack = project.update(one_job(optimization_job_name="llama", optimization_configs=[FP8]))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Change optimization_job_name together with the definition" in reasons(stack)
    assert len(created(cloud)) == 1
    assert inventory(cloud) == before
    assert parameter(cloud, LOCATION) == location


def test_a_change_of_name_and_definition_runs_a_new_job(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job(optimization_job_name="llama-1"))
    project.given(one_job(optimization_job_name="llama-2", optimization_configs=[FP8]))
    assert recorded_jobs(cloud) == {"llama-2": "COMPLETED"}


def test_a_name_that_only_the_deployment_knows_may_change_while_its_job_runs(
    cloud: LocalCloud, project: Project
) -> None:
    """The function must still be allowed to stop the old job when everything else is new."""

    def named(name: str) -> Callable[[cdk.Stack], None]:
        def build(stack: cdk.Stack) -> None:
            given = ssm.StringParameter(stack, "Name", string_value=name)
            detached = optimization.Completion.detached()
            add_job(stack, optimization_job_name=given.string_value, completion=detached)

        return build

    before = inventory(cloud)
    cloud.optimization_jobs.never_finish()
    project.given(named("first"))
    project.given(named("second"))

    assert list(recorded_jobs(cloud)) == ["second"]
    assert [job.name for job in cloud.optimization_jobs.running()] == ["second"]
    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before


def test_somebody_elses_job_of_that_name_is_neither_adopted_nor_deleted(
    cloud: LocalCloud, project: Project
) -> None:
    theirs = foreign_job(cloud, "llama")
    stack = project.update(one_job(optimization_job_name="llama"))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "named llama exists already and was not made by this resource" in reasons(stack)
    assert "Choose another optimization_job_name" in reasons(stack)
    assert cloud.optimization_jobs.running() == [theirs]
    assert len(created(cloud)) == 1
    assert project.delete().status == "DELETE_COMPLETE"
    assert cloud.optimization_jobs.running() == [theirs]
    stop_foreign_job(cloud, theirs)


def test_an_update_to_a_name_that_somebody_else_has_keeps_both_jobs(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job(optimization_job_name="mine"))
    theirs = foreign_job(cloud, "theirs")
    stack = project.update(one_job(optimization_job_name="theirs"))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert set(recorded_jobs(cloud)) == {"mine", "theirs"}
    assert cloud.optimization_jobs.running() == [theirs]
    stop_foreign_job(cloud, theirs)
