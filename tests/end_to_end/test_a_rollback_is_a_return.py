"""A rollback leaves the old job, its artifact and every attribute as they were."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import artifact_files, created, inventory, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import FP8, add_job

_ATTRIBUTES = (
    "optimization_job_name",
    "optimization_job_arn",
    "output_location",
    "optimization_job_status",
    "recommended_inference_image",
    "optimization_start_time",
    "optimization_end_time",
)


def _one_job_and_all_it_says(stack: cdk.Stack, **props: Any) -> None:
    job = add_job(stack, **props)
    for attribute in _ATTRIBUTES:
        ssm.StringParameter(
            stack, attribute, parameter_name=f"/job/{attribute}", string_value=getattr(job, attribute)
        )


def _said(cloud: LocalCloud) -> dict[str, str]:
    found = cloud.client("ssm").get_parameters_by_path(Path="/job")["Parameters"]
    return {parameter["Name"]: parameter["Value"] for parameter in found}


@pytest.mark.promise(
    "Nothing is paid for twice: an update fails elsewhere after its job completed, and is tried again"
)
@pytest.mark.promise("A rollback is a return: something else fails after the new job completed")
def test_whatever_an_update_changed_is_as_it_was_after_its_rollback(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(lambda stack: _one_job_and_all_it_says(stack, tags={"stage": "test"}))
    (old,) = cloud.optimization_jobs.jobs
    said, before, files = _said(cloud), inventory(cloud), artifact_files(cloud, _location(cloud))
    assert len(said) == len(_ATTRIBUTES)

    def failing(stack: cdk.Stack) -> None:
        _one_job_and_all_it_says(
            stack,
            tags={"stage": "production"},
            optimization_configs=[FP8],
            max_runtime=cdk.Duration.hours(2),
            completion=optimization.Completion.wait(cdk.Duration.minutes(130)),
        )
        last = ssm.StringParameter(stack, "Last", parameter_name="/taken", string_value="-")
        last.node.add_dependency(stack.node.find_child("Job"))

    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")
    stack = project.update(failing)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    assert len(created(cloud)) == 2
    new = cloud.optimization_jobs.jobs[-1]
    assert recorded_jobs(cloud) == {old.name: "COMPLETED", new.name: "COMPLETED"}, "the new one was paid for"
    assert old.tags == {"stage": "test"}
    assert _said(cloud) == said
    assert artifact_files(cloud, _location(cloud)) == files
    assert inventory(cloud) == before | {"parameter /taken", f"job {new.name}"}


@pytest.mark.promise("A rollback is a return: tags were changed in place")
def test_tags_that_were_changed_in_place_come_back_with_a_rollback(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(lambda stack: _one_job_and_all_it_says(stack, tags={"stage": "test", "old": "yes"}))
    (job,) = cloud.optimization_jobs.jobs
    said = _said(cloud)

    def failing(stack: cdk.Stack) -> None:
        _one_job_and_all_it_says(stack, tags={"stage": "production", "new": "yes"})
        last = ssm.StringParameter(stack, "Last", parameter_name="/taken", string_value="-")
        last.node.add_dependency(stack.node.find_child("Job"))

    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")
    stack = project.update(failing)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    assert job.tags == {"stage": "test", "old": "yes"}
    assert _said(cloud) == said
    assert len(created(cloud)) == 1


def _location(cloud: LocalCloud) -> str:
    return _said(cloud)["/job/output_location"]
