"""The function crashes, hangs and answers rubbish: each request gets one answer, and no job runs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.end_to_end.support_account import answers_to, created, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import FP8, LOCATION, one_job
from tests.end_to_end.support_waiting import advance

_FOR_GOOD = 1000
_TRIED_AGAIN = 8
"""How often the state machine tries a step again."""

Break = Callable[[LocalCloud], None]


def _advancing_the_job(event: Any) -> bool:
    kind = str((event.get("Request") or {}).get("ResourceType"))
    return bool(event.get("Step") == "advance" and kind.endswith("OptimizationJob"))


_BROKEN: dict[str, Break] = {
    "crashes": lambda cloud: cloud.functions.kill_next(call=0, event=_advancing_the_job, times=_FOR_GOOD),
    "hangs": lambda cloud: cloud.functions.hang_next(event=_advancing_the_job, times=_FOR_GOOD),
    "answers what is no JSON": lambda cloud: cloud.functions.respond_next(
        b"<html>", event=_advancing_the_job, times=_FOR_GOOD
    ),
    "answers rubbish": lambda cloud: cloud.functions.respond_next(
        {"Next": "respond", "State": {"Response": 7}}, event=_advancing_the_job, times=_FOR_GOOD
    ),
}


@pytest.mark.promise("Every request gets one response: a step always crashes, hangs or returns nonsense")
@pytest.mark.parametrize("broken", _BROKEN.values(), ids=_BROKEN)
def test_an_update_whose_function_is_broken_for_good_is_answered_and_rolled_back(
    cloud: LocalCloud, project: Project, broken: Break
) -> None:
    project.given(one_job())
    (old,) = cloud.optimization_jobs.jobs
    location = parameter(cloud, LOCATION)
    cloud.optimization_jobs.never_finish()
    broken(cloud)
    began = cloud.clock.time()

    stack = project.update(one_job(optimization_configs=[FP8]))
    # The rollback's own request finds the function broken, too, and an operator continues it.
    assert stack.status in ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"), reasons(stack)
    assert cloud.clock.time() - began < 3600, "nobody may wait for an answer that never comes"
    assert ("Update", "FAILED") in answers_to(cloud, "Job")
    advance(cloud, 60)
    assert cloud.optimization_jobs.running() == []
    assert recorded_jobs(cloud)[old.name] == "COMPLETED"
    assert parameter(cloud, LOCATION) == location


@pytest.mark.promise("Nothing leaks: the function dies at any line")
def test_a_function_that_dies_after_each_of_its_calls_in_turn_starts_one_job(
    cloud: LocalCloud, project: Project
) -> None:
    for call in range(1, 6):
        cloud.functions.kill_next(call=call, after=True, event=_advancing_the_job)
    project.given(one_job())
    assert len(created(cloud)) == 1
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert answers_to(cloud, "Job")[0] == ("Create", "SUCCESS")


@pytest.mark.promise("Nothing leaks: the function dies at any line")
def test_a_create_whose_function_is_broken_for_good_leaves_no_job_and_says_so(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    cloud.functions.kill_next(operation="CreateOptimizationJob", after=True, event=_advancing_the_job)
    cloud.functions.kill_next(call=0, event=_advancing_the_job, times=_TRIED_AGAIN)
    cloud.optimization_jobs.never_finish()
    stack = project.update(one_job())
    assert stack.status == "ROLLBACK_COMPLETE", reasons(stack)
    assert "the request was not carried out" in reasons(stack)
    advance(cloud, 60)
    assert cloud.optimization_jobs.running() == []
    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before
