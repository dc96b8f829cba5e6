"""Many jobs in one stack, deployed at once: an API that throttles and a full quota only make them wait."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.load import Scenario, deploy
from localcloud import LocalCloud
from tests.end_to_end.support_account import answers_to, decisions


@pytest.mark.promise("What passes is waited out: many jobs at once")
def test_many_jobs_at_once_get_over_an_api_that_throttles(cloud: LocalCloud) -> None:
    load = deploy(cloud, Scenario("throttled", jobs=5, minutes=(2, 3), rate=5))

    assert load.status == "CREATE_COMPLETE", load.reason
    assert load.completed == 5
    created = [call for call in load.calls if call.operation == "CreateOptimizationJob" and not call.error]
    assert len(created) == 5, "a job was paid for twice"
    assert answers_to(cloud, "Job").count(("Create", "SUCCESS")) == len(answers_to(cloud, "Job"))
    # Four minutes of looking every 30 seconds, and what it took to get through.
    assert load.calls_for_a_job()[-1] <= 50
    assert sum(throttled for _, throttled in load.by_operation.values()) > 10, "nothing was throttled"
    assert load.seconds_after_the_last_job <= 60


@pytest.mark.promise(
    "A full quota is a queue: the log says so, and many waiting jobs do not try at the same time"
)
def test_many_jobs_that_wait_for_a_full_quota_take_their_turns_and_do_not_hammer(
    cloud: LocalCloud,
) -> None:
    load = deploy(cloud, Scenario("quota", jobs=6, minutes=(4, 4), quota=2))

    assert load.status == "CREATE_COMPLETE", load.reason
    assert load.completed == 6
    tries = [call for call in load.calls if call.operation == "CreateOptimizationJob"]
    refused = [call.time for call in tries if call.error == "ResourceLimitExceeded"]
    assert len(tries) - len(refused) == 6
    # Once in one to two minutes each, and the first time together, because they come together.
    together = Counter(int(time - refused[0]) for time in refused)
    assert together.pop(0) == 4
    assert max(together.values()) <= 2
    waiting = [line for line in decisions(cloud) if line.get("kind") == "quota"]
    assert len(waiting) == len(refused)
    assert all("ml.g5.2xlarge for optimization job usage" in line["why"] for line in waiting)
