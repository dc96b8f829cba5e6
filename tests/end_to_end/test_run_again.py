"""A job that made nothing runs again under its name if how it runs is changed, and a rollback stops that."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import created, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import one_job
from tests.end_to_end.support_waiting import advance

_HOUR = 3600
_DETACHED = optimization.Completion.detached()
_LONGER = {"completion": _DETACHED, "max_runtime": cdk.Duration.hours(2)}


def _given_a_detached_job_that_failed(cloud: LocalCloud, project: Project) -> str:
    cloud.optimization_jobs.next_job(runtime=600, outcome="FAILED", reason="out of memory")
    project.given(one_job(completion=_DETACHED))
    advance(cloud, _HOUR)
    ((name, status),) = recorded_jobs(cloud).items()
    assert status == "FAILED"
    return name


@pytest.mark.promise("Nothing is paid for twice: a job failed, and is asked for again")
def test_a_detached_job_that_failed_runs_again_under_its_name(cloud: LocalCloud, project: Project) -> None:
    name = _given_a_detached_job_that_failed(cloud, project)

    project.given(one_job(**_LONGER))
    advance(cloud, 2 * _HOUR)
    assert recorded_jobs(cloud) == {name: "COMPLETED"}
    first, second = created(cloud)
    assert first["OptimizationJobName"] == second["OptimizationJobName"]
    assert second["StoppingCondition"]["MaxRuntimeInSeconds"] == 2 * _HOUR


@pytest.mark.promise("A rollback is a return: a failed job had run again")
def test_a_job_that_runs_again_is_stopped_by_a_rollback_and_can_be_asked_for_again(
    cloud: LocalCloud, project: Project
) -> None:
    name = _given_a_detached_job_that_failed(cloud, project)
    cloud.optimization_jobs.never_finish()
    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")

    def failing(stack: cdk.Stack) -> None:
        job = one_job(**_LONGER)(stack)
        last = ssm.StringParameter(stack, "Last", parameter_name="/taken", string_value="-")
        last.node.add_dependency(job)

    stack = project.update(failing)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    advance(cloud, _HOUR)
    assert recorded_jobs(cloud) == {name: "STOPPED"}
    again = project.update(one_job(**_LONGER))
    assert again.status == "UPDATE_COMPLETE", reasons(again)
    assert [job.name for job in cloud.optimization_jobs.running()] == [name]
    assert len(created(cloud)) == 3
    assert project.delete().status == "DELETE_COMPLETE"
    assert recorded_jobs(cloud) == {}
