"""A user who changes his mind in the middle of a deploy, or whose terminal closes."""

from __future__ import annotations

import pytest

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
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_stacks import FP8, LOCATION, one_job
from tests.end_to_end.support_waiting import advance, settle

_HOUR = 3600


@pytest.mark.promise("Nothing leaks: the create is cancelled before it has a response")
def test_a_destroy_from_a_second_terminal_overtakes_a_create_that_is_not_answered_yet(
    cloud: LocalCloud, project: Project
) -> None:
    theirs = fill_quota(cloud)
    before = inventory(cloud)
    deploy = project.deploy_for(120, one_job())
    assert len(cloud.calls.of("sagemaker", "CreateOptimizationJob")) > 1, "the job was to be tried for"
    assert answers_to(cloud, "Job") == []

    destroy = project.destroy()
    assert destroy.succeeded, destroy.output
    assert not deploy.result().succeeded
    stop_foreign_job(cloud, theirs)
    advance(cloud, _HOUR)
    assert [job for job in cloud.optimization_jobs.jobs if job is not theirs] == []
    assert inventory(cloud) == before


@pytest.mark.promise("Nothing is paid for twice: the terminal closes, and the user deploys again")
def test_a_terminal_that_closes_in_the_middle_loses_nothing_and_pays_for_nothing_twice(
    cloud: LocalCloud, project: Project
) -> None:
    project.deploy_for(600, one_job()).kill()
    cloud.clock.resume()
    assert settle(cloud, project.stack).status == "CREATE_COMPLETE"

    again = project.deploy(one_job())
    assert again.succeeded, again.output
    assert "no changes" in again.output
    assert len(created(cloud)) == 1
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]


@pytest.mark.promise("Nothing is paid for twice: the next update reverts the one before")
def test_an_update_that_is_taken_back_in_the_next_deploy_returns_to_the_old_definition(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    (old,) = cloud.optimization_jobs.jobs
    location = parameter(cloud, LOCATION)
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="out of memory")
    assert project.update(one_job(optimization_configs=[FP8])).status == "UPDATE_ROLLBACK_COMPLETE"

    taken_back = project.deploy(one_job())
    assert taken_back.succeeded, taken_back.output
    assert recorded_jobs(cloud) == {old.name: "COMPLETED"}
    assert parameter(cloud, LOCATION) == location
    assert len(created(cloud)) == 2
