"""Deploys that fail: everything is as it was, nothing runs on, and the error says what to do."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import (
    answers_to,
    artifact_files,
    created,
    inventory,
    parameter,
    recorded_jobs,
)
from tests.end_to_end.support_project import STACK, Project, reasons
from tests.end_to_end.support_stacks import FP8, LOCATION, PREFIX, add_job, one_job

_OUT_OF_MEMORY = "CUDA out of memory: the model needs 71 GiB, and 24 GiB are free"


@pytest.mark.promise("A rollback is a return: the new job fails")
def test_an_update_whose_job_fails_leaves_everything_as_it_was_and_says_why(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    before, location = inventory(cloud), parameter(cloud, LOCATION)
    (old,) = cloud.optimization_jobs.jobs

    cloud.optimization_jobs.next_job(runtime=14 * 60, outcome="FAILED", reason=_OUT_OF_MEMORY)
    result = project.deploy(one_job(optimization_configs=[FP8]))

    assert not result.succeeded
    assert project.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    new = cloud.optimization_jobs.jobs[-1]
    link = f"https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/optimization-jobs/{new.name}"
    for text in (f"optimization job {new.name} FAILED after 14 min: {_OUT_OF_MEMORY}", link):
        assert text in reasons(project.stack)
        assert text in result.output
    assert len(created(cloud)) == 2
    assert recorded_jobs(cloud) == {old.name: "COMPLETED"}
    assert parameter(cloud, LOCATION) == location
    assert "config.json" in artifact_files(cloud, location)
    assert inventory(cloud) == before


def test_a_create_whose_job_fails_leaves_nothing_and_says_why(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    cloud.optimization_jobs.next_job(runtime=60, outcome="FAILED", reason=_OUT_OF_MEMORY)
    stack = project.update(one_job())
    assert stack.status == "ROLLBACK_COMPLETE"
    assert f"FAILED after 1 min: {_OUT_OF_MEMORY}" in reasons(stack)
    assert inventory(cloud) - before == {f"stack {STACK}"}
    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before


def test_a_job_that_ran_into_its_limit_names_the_limit(cloud: LocalCloud, project: Project) -> None:
    cloud.optimization_jobs.never_finish()
    stack = project.update(one_job(max_runtime=cdk.Duration.minutes(45)))
    assert stack.status == "ROLLBACK_COMPLETE"
    for text in (
        "STOPPED after 45 min",
        "MaxRuntimeInSeconds allows (2700 s = 45 min): raise max_runtime",
    ):
        assert text in reasons(stack)
    assert recorded_jobs(cloud) == {}


@pytest.mark.promise("Every request gets one response: the response is too long")
def test_a_reason_that_is_too_long_for_cloudformation_is_cut(cloud: LocalCloud, project: Project) -> None:
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="\N{FIRE}" * 1024)
    stack = project.update(one_job())
    assert stack.status == "ROLLBACK_COMPLETE"
    (failed,) = [
        answer for answer in cloud.cloudformation.responses if (answer.body or {}).get("Status") == "FAILED"
    ]
    assert 3500 < failed.size <= 4096
    assert "FAILED after 25 min: \N{FIRE}\N{FIRE}" in reasons(stack)
    assert f"#/optimization-jobs/{PREFIX}" in reasons(stack)


def test_a_job_that_somebody_stopped_is_no_success(cloud: LocalCloud, project: Project) -> None:
    cloud.optimization_jobs.next_job(runtime=600, outcome="STOPPED")
    stack = project.update(one_job())
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "STOPPED after 10 min. It was stopped from outside the stack" in reasons(stack)


@pytest.mark.promise("Nothing leaks: another resource of the stack fails")
def test_a_resource_that_fails_beside_the_running_job_stops_the_job(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")
    cloud.optimization_jobs.never_finish()

    def with_a_sibling(stack: cdk.Stack) -> None:
        job = add_job(stack)
        ssm.StringParameter(stack, "Sibling", parameter_name="/taken", string_value=job.optimization_job_name)

    stack = project.update(with_a_sibling)
    assert stack.status == "ROLLBACK_COMPLETE"
    (job,) = cloud.optimization_jobs.jobs
    assert job.status == "STOPPED"
    assert job.ended is not None
    assert job.ended - job.created < 300, "the job ran on for long"
    assert recorded_jobs(cloud) == {}
    assert inventory(cloud) - before == {f"stack {STACK}", "parameter /taken"}


@pytest.mark.promise("Nothing leaks: another resource of the stack fails")
def test_a_resource_that_fails_in_an_update_stops_the_new_job_only(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    location = parameter(cloud, LOCATION)
    (old,) = cloud.optimization_jobs.jobs
    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")
    cloud.optimization_jobs.never_finish()

    def with_a_sibling(stack: cdk.Stack) -> None:
        job = one_job(optimization_configs=[FP8])(stack)
        ssm.StringParameter(stack, "Sibling", parameter_name="/taken", string_value=job.optimization_job_name)

    stack = project.update(with_a_sibling)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.optimization_jobs.jobs[-1].status == "STOPPED"
    assert recorded_jobs(cloud) == {old.name: "COMPLETED"}
    assert parameter(cloud, LOCATION) == location


def test_a_deploy_without_rollback_goes_on_with_a_corrected_app(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job())
    cloud.optimization_jobs.next_job(outcome="FAILED", reason=_OUT_OF_MEMORY)
    failed = project.deploy(one_job(optimization_configs=[FP8]), "--no-rollback")
    assert not failed.succeeded
    assert project.stack.status == "UPDATE_FAILED"
    larger = optimization.DeploymentInstanceType.ML_G5_12XLARGE
    corrected = project.deploy(
        one_job(optimization_configs=[FP8], deployment_instance_type=larger), "--no-rollback"
    )
    assert corrected.succeeded, corrected.output
    new = cloud.optimization_jobs.jobs[-1]
    assert recorded_jobs(cloud) == {new.name: "COMPLETED"}
    assert parameter(cloud, LOCATION).endswith(f"/{new.name}/")


@pytest.mark.promise("A rollback is a return: the user starts the rollback")
def test_a_deploy_without_rollback_can_be_rolled_back_by_hand(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job())
    before, location = inventory(cloud), parameter(cloud, LOCATION)
    cloud.optimization_jobs.next_job(outcome="FAILED", reason=_OUT_OF_MEMORY)
    assert not project.deploy(one_job(optimization_configs=[FP8]), "--no-rollback").succeeded
    assert len(recorded_jobs(cloud)) == 2
    rolled_back = project.roll_back()
    assert rolled_back.succeeded, rolled_back.output
    assert project.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert inventory(cloud) == before
    assert parameter(cloud, LOCATION) == location
    assert len(created(cloud)) == 2


@pytest.mark.promise("Nothing is paid for twice: a job failed, and is asked for again")
def test_a_create_without_rollback_is_tried_again_with_another_trigger(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="InternalServerError: please try again")
    assert project.update(one_job(), rollback=False).status == "CREATE_FAILED"
    stack = project.update(one_job(triggers=["again"]), rollback=False)
    assert stack.status == "UPDATE_COMPLETE", reasons(stack)
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert len(created(cloud)) == 2


@pytest.mark.promise("What passes is waited out: a permission or a role is missing for good")
@pytest.mark.parametrize("action", ["sagemaker:CreateOptimizationJob", "iam:PassRole"])
def test_a_permission_that_is_missing_is_named(cloud: LocalCloud, project: Project, action: str) -> None:
    project.synthesize(one_job())
    project.edit(f'"{action}"', '"sagemaker:ListOptimizationJobs"')
    result = project.deploy()
    assert not result.succeeded
    assert f"is not authorized to perform: {action} on resource: arn:aws:" in result.output
    assert created(cloud) == []
    assert answers_to(cloud, "Job")[0] == ("Create", "FAILED")
