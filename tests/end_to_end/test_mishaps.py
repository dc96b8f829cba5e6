"""What goes wrong by itself and passes: each deploy ends with one job, and succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.end_to_end.support_account import (
    created,
    fill_quota,
    inventory,
    recorded_jobs,
    stop_foreign_job,
)
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import one_job
from tests.end_to_end.support_waiting import settle

Mishap = Callable[[LocalCloud], None]


def _step(name: str) -> Callable[[Any], bool]:
    return lambda event: bool(event.get("Step") == name)


def _about_the_job(event: Any) -> bool:
    """Whether an event is a request for the job's resource, or a step of its execution."""
    return str(event.get("Request", event).get("ResourceType")).endswith("OptimizationJob")


_ANYTIME: dict[str, Mishap] = {
    "SageMaker fails for a while": lambda cloud: cloud.optimization_jobs.fail_call(None, times=4),
    "Describe is throttled": lambda cloud: cloud.optimization_jobs.throttle("DescribeOptimizationJob", 4),
    "the function is killed before it can begin": lambda cloud: cloud.functions.kill_next(call=0),
    "the function is killed in one step after the other": lambda cloud: cloud.functions.kill_next(
        call=0, event=lambda event: "Step" in event, times=4
    ),
    "the function hangs": lambda cloud: cloud.functions.hang_next(event=_step("advance")),
    "the answer is not handed over": lambda cloud: cloud.functions.kill_next(
        call=0, event=_step("respond"), times=3
    ),
    "the request comes twice": lambda cloud: cloud.functions.duplicate_next(event=_about_the_job),
    "the request comes late": lambda cloud: cloud.functions.delay_next(1200, event=_about_the_job),
}

_IN_A_DEPLOY: dict[str, Mishap] = _ANYTIME | {
    "Create is throttled": lambda cloud: cloud.optimization_jobs.throttle("CreateOptimizationJob", 4),
    "the answer of Create is lost": lambda cloud: cloud.optimization_jobs.lose_response(
        "CreateOptimizationJob"
    ),
    "Create works and answers with an error": lambda cloud: cloud.optimization_jobs.lose_response(
        "CreateOptimizationJob", internal_error=True
    ),
    "the role cannot be assumed yet": lambda cloud: cloud.optimization_jobs.role_not_assumable(seconds=60),
    "the function is killed before Create": lambda cloud: cloud.functions.kill_next(
        operation="CreateOptimizationJob"
    ),
    "the function is killed after Create": lambda cloud: cloud.functions.kill_next(
        operation="CreateOptimizationJob", after=True
    ),
}

_IN_A_DESTROY: dict[str, Mishap] = _ANYTIME | {
    "Delete is throttled": lambda cloud: cloud.optimization_jobs.throttle("DeleteOptimizationJob", 4),
    "the answer of Delete is lost": lambda cloud: cloud.optimization_jobs.lose_response(
        "DeleteOptimizationJob"
    ),
    "the function is killed after Delete": lambda cloud: cloud.functions.kill_next(
        operation="DeleteOptimizationJob", after=True
    ),
}


@pytest.mark.promise("Nothing leaks: SageMaker creates the job, and its response is lost")
@pytest.mark.promise("Nothing is paid for twice: the request arrives twice")
@pytest.mark.promise("Nothing is paid for twice: the response of the API is lost")
@pytest.mark.promise("Every request gets one response: a step crashes or hangs a few times")
@pytest.mark.promise("Every request gets one response: CloudFormation does not accept the response")
@pytest.mark.promise("What passes is waited out: throttling, errors of the service, a new role")
@pytest.mark.parametrize("mishap", _IN_A_DEPLOY.values(), ids=_IN_A_DEPLOY)
def test_a_deploy_gets_over_what_passes(cloud: LocalCloud, project: Project, mishap: Mishap) -> None:
    mishap(cloud)
    project.given(one_job())
    assert [job.status for job in cloud.optimization_jobs.jobs] == ["COMPLETED"]


@pytest.mark.promise("Nothing leaks: the delete fails, and is tried again")
@pytest.mark.promise("Every request gets one response: a step crashes or hangs a few times")
@pytest.mark.promise("What passes is waited out: throttling, errors of the service, a new role")
@pytest.mark.parametrize("mishap", _IN_A_DESTROY.values(), ids=_IN_A_DESTROY)
def test_a_destroy_gets_over_what_passes(cloud: LocalCloud, project: Project, mishap: Mishap) -> None:
    before = inventory(cloud)
    project.given(one_job())
    mishap(cloud)
    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before


@pytest.mark.promise("A full quota is a queue: a job waits its turn")
def test_a_full_quota_is_waited_for(cloud: LocalCloud, project: Project) -> None:
    theirs = fill_quota(cloud)
    stack = project.update_for(1200, one_job())
    assert cloud.optimization_jobs.running() == [theirs]
    stop_foreign_job(cloud, theirs)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "CREATE_COMPLETE"
    (ours,) = [job for job in cloud.optimization_jobs.jobs if job is not theirs]
    assert ours.status == "COMPLETED"


@pytest.mark.promise("A full quota is a queue: the quota stays full: the reason names it and the time waited")
def test_a_quota_that_stays_full_fails_the_deploy_and_says_so(cloud: LocalCloud, project: Project) -> None:
    theirs = fill_quota(cloud)
    stack = project.update(one_job())
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "the account's quota was full for 50 min" in reasons(stack)
    assert "'ml.g5.2xlarge for optimization job usage' is 1 Instances" in reasons(stack)
    assert list(recorded_jobs(cloud)) == [theirs.name]
    stop_foreign_job(cloud, theirs)


@pytest.mark.promise("What passes is waited out: a permission or a role is missing for good")
def test_a_role_that_cannot_be_assumed_for_long_fails_the_deploy_and_says_so(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.optimization_jobs.role_not_assumable(seconds=3600)
    stack = project.update(one_job())
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "so the cause is not a new permission that is not effective yet" in reasons(stack)
    assert created(cloud) == []
