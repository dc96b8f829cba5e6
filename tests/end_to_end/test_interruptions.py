"""Deploys that somebody breaks off: whenever that is, no job runs on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import (
    answers_to,
    created,
    fill_quota,
    inventory,
    parameter,
    recorded_jobs,
    stop_foreign_job,
)
from tests.end_to_end.support_project import STACK, Project
from tests.end_to_end.support_stacks import FP8, LOCATION, one_job
from tests.end_to_end.support_waiting import advance, settle

_HOUR = 3600

WhileItIsCreated = Callable[[LocalCloud], None]


def _full_quota(cloud: LocalCloud) -> None:
    fill_quota(cloud)


def _throttled(cloud: LocalCloud) -> None:
    cloud.optimization_jobs.throttle("CreateOptimizationJob", 8)


def _lost_answer(cloud: LocalCloud) -> None:
    cloud.optimization_jobs.lose_response("CreateOptimizationJob")
    # The job runs, and the function is yet to look whether it does.
    cloud.optimization_jobs.never_finish()


@pytest.mark.promise("Nothing leaks: the create is cancelled while the job runs")
def test_a_stack_that_is_deleted_while_its_job_runs_stops_the_job(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    cloud.optimization_jobs.never_finish()
    deploy = project.deploy_for(_HOUR / 2, one_job())
    assert [job.status for job in cloud.optimization_jobs.running()] == ["INPROGRESS"]

    stack = project.stack
    cloud.client("cloudformation").delete_stack(StackName=STACK)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    assert not deploy.result().succeeded
    assert [job.status for job in cloud.optimization_jobs.jobs] == ["STOPPED"]
    assert inventory(cloud) == before


@pytest.mark.promise("Nothing leaks: the create is cancelled before it has a response")
@pytest.mark.promise("Nothing leaks: the delete overtakes the create")
@pytest.mark.promise("A full quota is a queue: the stack is deleted meanwhile")
@pytest.mark.parametrize("obstacle", [_full_quota, _throttled, _lost_answer])
def test_a_stack_that_is_deleted_while_its_job_is_created_leaves_no_job_running(
    cloud: LocalCloud, project: Project, obstacle: WhileItIsCreated
) -> None:
    obstacle(cloud)
    before = inventory(cloud)
    cloud.clock.pause()
    stack = project.start_update(one_job())
    _until_the_job_is_tried(cloud)
    assert answers_to(cloud, "Job") == [], "the create was to be without an answer yet"

    cloud.client("cloudformation").delete_stack(StackName=STACK)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    _clear_the_way(cloud)
    advance(cloud, _HOUR)
    assert cloud.optimization_jobs.running() == []
    assert inventory(cloud) == before
    assert ("Delete", "SUCCESS") in answers_to(cloud, "Job")


@pytest.mark.promise("Nothing leaks: the request arrives late")
def test_a_request_that_comes_when_its_stack_is_gone_starts_no_job(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.functions.delay_next(900, event=lambda event: event.get("RequestType") == "Create")
    cloud.clock.pause()
    stack = project.start_update(one_job())
    advance(cloud, 60)
    cloud.client("cloudformation").delete_stack(StackName=STACK)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    advance(cloud, _HOUR)
    assert created(cloud) == []


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
@pytest.mark.promise("Nothing leaks: SageMaker creates the job, and its response is lost")
@pytest.mark.parametrize("obstacle", [_full_quota, _throttled, _lost_answer])
def test_an_update_that_is_cancelled_while_its_job_is_created_leaves_no_job_running(
    cloud: LocalCloud, project: Project, obstacle: WhileItIsCreated
) -> None:
    project.given(one_job())
    location = parameter(cloud, LOCATION)
    (old,) = cloud.optimization_jobs.jobs
    obstacle(cloud)
    before = inventory(cloud)
    answered = len(answers_to(cloud, "Job"))
    cloud.clock.pause()
    stack = project.start_update(one_job(optimization_configs=[FP8]))
    _until_the_job_is_tried(cloud)
    assert len(answers_to(cloud, "Job")) == answered, "the update was to be without an answer yet"

    cloud.client("cloudformation").cancel_update_stack(StackName=STACK)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "UPDATE_ROLLBACK_COMPLETE"
    _clear_the_way(cloud)
    advance(cloud, _HOUR)
    assert cloud.optimization_jobs.running() == []
    assert inventory(cloud) == before
    assert old.deleted is None
    assert parameter(cloud, LOCATION) == location


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
def test_an_update_that_is_cancelled_while_its_job_runs_stops_the_job(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    (old,) = cloud.optimization_jobs.jobs
    location = parameter(cloud, LOCATION)
    cloud.optimization_jobs.never_finish()
    stack = project.update_for(600, one_job(optimization_configs=[FP8]))
    assert len(cloud.optimization_jobs.running()) == 1

    cloud.client("cloudformation").cancel_update_stack(StackName=STACK)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "UPDATE_ROLLBACK_COMPLETE"
    assert [job.status for job in cloud.optimization_jobs.jobs] == ["COMPLETED", "STOPPED"]
    assert recorded_jobs(cloud) == {old.name: "COMPLETED"}
    assert parameter(cloud, LOCATION) == location


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
def test_an_update_that_is_cancelled_waits_for_a_job_that_stops_slowly(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    (old,) = cloud.optimization_jobs.jobs
    cloud.optimization_jobs.never_finish()
    cloud.optimization_jobs.slow_stop(600)
    cloud.clock.pause()
    stack = project.start_update(one_job(optimization_configs=[FP8]))
    advance(cloud, 600)
    cloud.client("cloudformation").cancel_update_stack(StackName=STACK)
    cloud.clock.resume()
    settle(cloud, stack)
    assert recorded_jobs(cloud) == {old.name: "COMPLETED"}


@pytest.mark.promise("Nothing leaks: the create is cancelled while the job runs")
def test_destroying_a_stack_whose_job_still_runs_stops_the_job(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    cloud.optimization_jobs.never_finish()
    cloud.clock.pause()
    stack = project.start_update(one_job(completion=optimization.Completion.detached()))
    advance(cloud, 120)
    assert stack.status == "CREATE_COMPLETE"
    assert len(cloud.optimization_jobs.running()) == 1
    stack = cloud.cloudformation.delete(STACK, wait=False)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    assert [job.status for job in cloud.optimization_jobs.jobs] == ["STOPPED"]
    assert inventory(cloud) == before


def _until_the_job_is_tried(cloud: LocalCloud) -> None:
    tries = len(cloud.calls.of("sagemaker", "CreateOptimizationJob"))
    for _ in range(60):
        advance(cloud, 1)
        if len(cloud.calls.of("sagemaker", "CreateOptimizationJob")) > tries:
            return
    raise AssertionError("nobody tried to create the job within a minute")


def _clear_the_way(cloud: LocalCloud) -> None:
    """Let whatever would still start a job start it."""
    cloud.optimization_jobs.quota(None)
    for job in cloud.optimization_jobs.running():
        if job.name == "theirs":
            stop_foreign_job(cloud, job)
