"""One read that shows what was the case some seconds ago decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.function.stale import jobs_unseen_for, missing_once, stack_seen_as
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.p4d.24xlarge"}
TAGGED = {"Tags": [{"Key": "stage", "Value": "test"}]}
NEVER_ENDS = Script(ends_after=None)

#: What a stack may still be said to be in the first seconds of an update.
OLD_STATUSES: dict[str, dict[str, Any] | None] = {
    "CREATE_COMPLETE": {"StackStatus": "CREATE_COMPLETE"},
    "UPDATE_COMPLETE": {"StackStatus": "UPDATE_COMPLETE"},
    "UPDATE_ROLLBACK_COMPLETE": {"StackStatus": "UPDATE_ROLLBACK_COMPLETE"},
    "UPDATE_ROLLBACK_FAILED": {"StackStatus": "UPDATE_ROLLBACK_FAILED"},
    "UPDATE_FAILED": {"StackStatus": "UPDATE_FAILED"},
    "REVIEW_IN_PROGRESS": {"StackStatus": "REVIEW_IN_PROGRESS"},
    "no stack": None,
}

#: One read, a later one, or every one of the first half a minute.
WHEN: dict[str, dict[str, Any]] = {
    "in the first read": {"reads": [1]},
    "in the second read": {"reads": [2]},
    "in the third read": {"reads": [3]},
    "for 30 seconds": {"seconds": 30},
}

every_status = pytest.mark.parametrize("stack", OLD_STATUSES.values(), ids=OLD_STATUSES)
at_any_time = pytest.mark.parametrize("when", WHEN.values(), ids=WHEN)


def running(aws: SimulatedAws, **changes: Any) -> str:
    """The name of a job that runs for ever; nobody follows it."""
    aws.sagemaker.script = NEVER_ENDS
    name: str = aws.carry_out(create(aws, **changes))["PhysicalResourceId"]
    aws.executions.clear()
    return name


# The stack.


@every_status
@at_any_time
def test_a_create_whose_stack_seems_to_rest_or_to_be_absent_starts_its_job(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any] | None, when: dict[str, Any]
) -> None:
    stack_seen_as(monkeypatch, aws, stack, **when)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert "StopOptimizationJob" not in aws.sagemaker.calls
    assert aws.time - began <= 60


@every_status
@at_any_time
def test_an_update_whose_stack_seems_to_rest_or_to_be_absent_replaces_its_job(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any] | None, when: dict[str, Any]
) -> None:
    old = deployed(aws)
    stack_seen_as(monkeypatch, aws, stack, **when)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert answer["PhysicalResourceId"] != old
    assert len(aws.sagemaker.started) == 2


@every_status
@at_any_time
def test_a_leg_of_an_update_fails_with_its_job_although_the_stack_seems_to_rest(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any] | None, when: dict[str, Any]
) -> None:
    aws.sagemaker.script = Script(ends_after=60, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, stack, **when)

    answer = aws.carry_out(leg(aws, name, "Update", Last=True))

    assert answer["Status"] == "FAILED"
    assert "out of memory" in answer["Reason"]


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "X", None]
)
def test_a_stack_that_rests_for_a_minute_does_not_want_the_job(aws: SimulatedAws, status: str | None) -> None:
    aws.stack_status = status
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "the stack is rolling back or being deleted" in answer["Reason"]
    assert aws.sagemaker.started == []
    assert 60 <= aws.time - began <= 75


def test_the_rollback_of_an_update_may_be_that_of_the_one_before(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_ROLLBACK_IN_PROGRESS"}, reads=[1, 2])

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.running()) == 1


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_stack_that_turns_back_for_good_is_believed_at_once(aws: SimulatedAws, status: str) -> None:
    aws.stack_status = status
    began = aws.time

    assert aws.carry_out(create(aws))["Status"] == "FAILED"
    assert aws.time == began
    assert aws.sagemaker.started == []


def test_a_return_that_is_read_as_the_update_before_it_is_a_return(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = deployed(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, reads=[1])

    answer = aws.carry_out(update(aws, new, properties(**ANOTHER), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert len(aws.sagemaker.started) == 2


@pytest.mark.parametrize(
    "status", ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"]
)
@at_any_time
def test_an_update_that_seems_to_be_the_rollback_before_it_goes_forward(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, when: dict[str, Any], status: str
) -> None:
    """The update before failed, and was tried again at once: status and time are of then."""
    before = aws.time
    aws.stack_updates[STACK_ID] = before
    old = deployed(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    aws.stack_updates[STACK_ID] = aws.time
    then = {"StackStatus": status, "LastUpdatedTime": datetime.fromtimestamp(before, UTC)}
    stack_seen_as(monkeypatch, aws, then, **when)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert "StopOptimizationJob" not in aws.sagemaker.calls


@pytest.mark.parametrize("read", [1, 2, 3])
def test_a_time_of_the_update_before_stops_no_job_that_a_rollback_returns_to(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, read: int
) -> None:
    """Nobody waits for the job; an update lets it run longer, fails elsewhere, and is rolled back."""
    first = aws.time - 120
    aws.stack_updates[STACK_ID] = first
    name = running(aws)
    aws.settle(1800)
    before, after = (properties(StoppingCondition={"MaxRuntimeInSeconds": s}) for s in (7200, 9000))
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.carry_out(update(aws, name, before, after))
    aws.settle(20)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"LastUpdatedTime": datetime.fromtimestamp(first, UTC)}, reads=[read])

    assert aws.carry_out(update(aws, name, after, before))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [name]


@at_any_time
def test_a_failed_job_runs_again_although_the_update_seems_to_be_the_one_that_it_failed_in(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, when: dict[str, Any]
) -> None:
    first = aws.time
    aws.stack_updates[STACK_ID] = first
    aws.sagemaker.script = Script(ends_after=60, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.executions.clear()
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name}
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = NEVER_ENDS
    stack_seen_as(monkeypatch, aws, {"LastUpdatedTime": datetime.fromtimestamp(first, UTC)}, **when)
    longer = properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})

    answer = aws.carry_out(update(aws, name, properties(), longer))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.running() == [name]


# The job.


@pytest.mark.parametrize("after", [0, 20, 2900])
def test_a_leg_goes_on_although_its_job_is_not_found_once(aws: SimulatedAws, after: float) -> None:
    name = running(aws)
    missing_once(aws, after=after)

    answer = aws.carry_out(leg(aws, name))

    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["OptimizationJobStatus"] == "INPROGRESS"


@pytest.mark.parametrize("lag", [5, 30])
def test_a_leg_whose_job_is_not_found_for_some_seconds_goes_on(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, lag: float
) -> None:
    aws.sagemaker.script = Script(ends_after=600)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    jobs_unseen_for(monkeypatch, aws, lag)

    assert aws.carry_out(leg(aws, name, Last=True))["Data"]["OptimizationJobStatus"] == "COMPLETED"


def test_a_leg_whose_job_is_missing_fails_within_a_minute_and_a_quarter(aws: SimulatedAws) -> None:
    began = aws.time

    assert aws.carry_out(leg(aws, "models--llama3-0123456789abcdef"))["Status"] == "FAILED"
    assert 60 <= aws.time - began <= 75


def test_an_update_in_place_keeps_a_job_that_is_not_found_once(aws: SimulatedAws) -> None:
    name = deployed(aws)
    missing_once(aws)

    answer = aws.carry_out(update(aws, name, properties(), properties(**TAGGED)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.jobs[name].tags == {"stage": "test"}
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("Nothing leaks: a read is stale")
def test_a_delete_ends_a_running_job_that_is_not_found_once(aws: SimulatedAws) -> None:
    name = running(aws)
    missing_once(aws)
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize("seed", range(12))
def test_a_job_that_runs_again_is_not_taken_for_its_run_of_before(
    in_dialect: Callable[..., SimulatedAws], seed: int
) -> None:
    """Reads still show that one, now and then, after its record has been deleted."""
    aws = in_dialect(job_read_lag=30)
    aws.chance = Random(seed)
    aws.sagemaker.script = Script(ends_after=300, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(1200)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = Script(starts_after=1, ends_after=2, outcome="FAILED", reason="again")
    limited = properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})

    answer = aws.carry_out(update(aws, name, properties(), limited))
    aws.settle(900)

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.calls.count("DeleteOptimizationJob") == 1
    assert aws.sagemaker.jobs[name].script.reason == "again"


@pytest.mark.parametrize("lag", [2, 30])
def test_a_new_job_that_is_not_found_yet_is_not_started_again(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, lag: float
) -> None:
    jobs_unseen_for(monkeypatch, aws, lag)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.calls.count("CreateOptimizationJob") == 1


@pytest.mark.promise("Nothing leaks: a read is stale")
@pytest.mark.parametrize("creator_goes_on", [True, False])
@pytest.mark.parametrize("lag", [2, 30])
def test_a_rollback_ends_the_job_of_a_cancelled_update_that_is_not_found_yet(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, lag: float, creator_goes_on: bool
) -> None:
    old = deployed(aws)
    aws.sagemaker.script = NEVER_ENDS
    jobs_unseen_for(monkeypatch, aws, lag)
    new = properties(**ANOTHER)
    request, back = update(aws, old, properties(), new), update(aws, old, new, properties())

    def cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        aws.send(back)
        if not creator_goes_on:
            del aws.executions[request["RequestId"]]

    aws.faults.meanwhile_after("CreateOptimizationJob", cancelled)
    if not creator_goes_on:
        aws.faults.die_after("CreateOptimizationJob")
    aws.send(request)

    assert aws.wait_for_answer(back)["Status"] == "SUCCESS"
    aws.settle(600)
    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]


@pytest.mark.parametrize("fault", ["none", "lost answer", "dies"])
def test_an_update_that_is_cancelled_ends_its_own_job_that_is_not_found_yet(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The return of the rollback came before the job was started."""
    old = deployed(aws)
    aws.sagemaker.script = NEVER_ENDS
    jobs_unseen_for(monkeypatch, aws, 30)

    def cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    aws.faults.meanwhile("CreateOptimizationJob", cancelled)
    if fault == "lost answer":
        aws.faults.lose_answer("CreateOptimizationJob")
    if fault == "dies":
        aws.faults.die_after("CreateOptimizationJob")
    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    aws.settle(600)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]


@pytest.mark.parametrize("lag", [5, 30])
def test_a_leg_of_a_new_run_does_not_fail_with_the_run_before(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, lag: float
) -> None:
    aws.sagemaker.script = Script(ends_after=60, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    before = aws.sagemaker.describe_optimization_job(OptimizationJobName=name)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.script = Script(ends_after=600)
    longer = properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})
    run = aws.carry_out(update(aws, name, properties(), longer))["Data"]["CreationTime"]
    describe, began = aws.sagemaker.describe_optimization_job, aws.time

    def stale(*, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        return before if aws.time - began < lag else describe(OptimizationJobName=OptimizationJobName)

    monkeypatch.setattr(aws.sagemaker, "describe_optimization_job", stale)

    answer = aws.carry_out(leg(aws, name, "Update", Run=run, Last=True))

    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["OptimizationJobStatus"] == "COMPLETED"


# All of them together.


@pytest.mark.parametrize("draw", range(5))
def test_a_deployment_works_where_every_read_may_lag_by_half_a_minute(
    in_dialect: Callable[..., SimulatedAws], draw: int
) -> None:
    aws = in_dialect(job_read_lag=30, stack_read_lag=30)
    for _ in range(draw):
        aws._lag(1)  # noqa: SLF001 - another draw of which reads lag
    aws.settle(60)
    old = deployed(aws)
    aws.stack_updates[STACK_ID] = aws.time

    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    waited = aws.carry_out(leg(aws, new, "Update", Last=True))
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": new}
    assert aws.carry_out(delete(aws, old))["Status"] == "SUCCESS"

    assert waited["Data"]["OptimizationJobStatus"] == "COMPLETED"
    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [new]
