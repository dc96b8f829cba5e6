"""A rollback that is seen for some seconds when it is over, or is not seen yet; and a request that arrives
when its own update is rolled back already.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.function.requests import create, delete, leg, properties, update
from tests.function.stale import stack_seen_as
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.state_machine import TaskFailedError

ANOTHER: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
TAGGED: dict[str, Any] = {"Tags": [{"Key": "stage", "Value": "test"}]}
FAILS = Script(starts_after=1, ends_after=300, outcome="FAILED", reason="out of memory")
NEVER_ENDS = Script(ends_after=None)

#: Seconds that a read may lag behind.
LAG = 25


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def has(aws: SimulatedAws, physical_id: str, changed: float | None = None) -> None:
    """The stack has this job as its resource, which it changed at that time."""
    at = None if changed is None else datetime.fromtimestamp(changed, UTC)
    resource = {"PhysicalResourceId": physical_id, "LastUpdatedTimestamp": at}
    aws.stack_resources_at[STACK_ID] = lambda _: {"Llama3": resource}


def limited(seconds: int) -> dict[str, Any]:
    return properties(StoppingCondition={"MaxRuntimeInSeconds": seconds})


def begin_update_after_a_rollback(monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws) -> None:
    """The rollback of the update before ended just now, and is seen for some seconds."""
    aws.settle(300)
    before = aws.time
    aws.settle(130)
    begin_update(aws)
    rollback = {
        "StackStatus": "UPDATE_ROLLBACK_IN_PROGRESS",
        "LastUpdatedTime": datetime.fromtimestamp(before, UTC),
    }
    stack_seen_as(monkeypatch, aws, rollback, seconds=LAG)


def is_rolled_back_unseen(monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws) -> None:
    """The stack is rolled back, and is still seen to go forward for some seconds."""
    aws.settle(60)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, seconds=LAG)


# A rollback that is over, and still seen.


def test_the_rollback_before_does_not_keep_a_failed_job_from_running_again(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    has(aws, name)
    aws.settle(1000)
    begin_update_after_a_rollback(monkeypatch, aws)
    aws.sagemaker.script = NEVER_ENDS

    answer = aws.carry_out(update(aws, name, limited(7200), limited(9000)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.running() == [name]


@pytest.mark.parametrize("is_there", [True, False], ids=["a job that failed", "a job that is gone"])
def test_the_rollback_before_lets_no_leg_pass(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(1000)
    if not is_there:
        del aws.sagemaker.jobs[name]
    begin_update_after_a_rollback(monkeypatch, aws)

    assert aws.carry_out(leg(aws, name, "Update"))["Status"] == "FAILED"


def test_the_rollback_before_keeps_no_record_of_a_stack_that_is_deleted(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.stack_status = "DELETE_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_ROLLBACK_IN_PROGRESS"}, seconds=LAG)

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


# A rollback that is not seen yet.


def test_a_leg_of_a_rollback_that_is_not_seen_yet_passes_with_the_job_that_failed(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(1000)
    begin_update(aws)
    is_rolled_back_unseen(monkeypatch, aws)

    assert aws.carry_out(leg(aws, name, "Update"))["Status"] == "SUCCESS"


def test_the_rollback_of_tags_succeeds_although_it_is_not_seen_yet_and_the_record_was_deleted_by_hand(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    has(aws, name)
    aws.settle(3600)
    begin_update(aws)
    assert aws.carry_out(update(aws, name, properties(), properties(**TAGGED)))["Status"] == "SUCCESS"
    del aws.sagemaker.jobs[name]
    is_rolled_back_unseen(monkeypatch, aws)

    answer = aws.carry_out(update(aws, name, properties(**TAGGED), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert len(aws.sagemaker.started) == 1


def test_a_rollback_that_is_not_seen_yet_leaves_the_old_job_although_its_first_steps_crash(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a step did that came to no end is not known; but the job is older than the request."""
    aws.sagemaker.script = NEVER_ENDS
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    begin_update(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    has(aws, new)
    is_rolled_back_unseen(monkeypatch, aws)
    invoke, left = aws._invoke, [None] * 5  # noqa: SLF001 - what Step Functions calls

    def throttled(function_name: str, payload: dict[str, Any]) -> Any:
        if payload.get("Step") == "advance" and left:
            left.pop()
            raise TaskFailedError("Lambda.TooManyRequestsException", "Rate Exceeded")
        return invoke(function_name, payload)

    monkeypatch.setattr(aws, "_invoke", throttled)

    answer = aws.carry_out(update(aws, new, properties(**ANOTHER), properties()))
    aws.settle(600)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert old in aws.sagemaker.running()


# A change of how long a job may run, which is rolled back before its request arrives: the job has always run.


def while_it_is_rolled_back(aws: SimulatedAws, name: str, late: dict[str, Any]) -> None:
    """No other request has come for the resource."""
    has(aws, name)
    aws.settle(20)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.send(late)


def after_it_was_rolled_back(aws: SimulatedAws, name: str, late: dict[str, Any]) -> None:
    has(aws, name)
    aws.settle(5)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    back = update(aws, name, limited(9000), limited(7200))
    assert aws.carry_out(back)["Status"] == "SUCCESS"
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    aws.settle(60)
    aws.send(late)


def while_it_is_taken_back(aws: SimulatedAws, name: str, late: dict[str, Any]) -> None:
    aws.settle(8)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    has(aws, name, changed=aws.time)
    aws.send(update(aws, name, limited(9000), limited(7200)))
    aws.settle(4)
    aws.send(late)


@pytest.mark.parametrize(
    "arrives", [while_it_is_rolled_back, after_it_was_rolled_back, while_it_is_taken_back]
)
def test_a_late_change_of_the_limit_stops_no_job_that_ran_before_it(
    aws: SimulatedAws, arrives: Callable[[SimulatedAws, str, dict[str, Any]], None]
) -> None:
    aws.sagemaker.script = NEVER_ENDS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(300)
    begin_update(aws)
    late = update(aws, name, limited(7200), limited(9000))

    arrives(aws, name, late)
    aws.settle(600)

    assert late["RequestId"] in aws.answers
    assert aws.sagemaker.running() == [name]


def test_the_rollback_before_stops_no_job_whose_limit_is_raised(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.sagemaker.script = NEVER_ENDS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    has(aws, name)
    begin_update_after_a_rollback(monkeypatch, aws)

    answer = aws.carry_out(update(aws, name, limited(7200), limited(9000)))
    aws.settle(600)

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [name]
    assert "StopOptimizationJob" not in aws.sagemaker.calls


def test_a_return_without_a_date_whose_step_died_leaves_the_job_that_it_returns_to(aws: SimulatedAws) -> None:
    """The job runs, and is older than the update."""
    aws.sagemaker.script = Script(ends_after=None)
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.executions.clear()
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.settle(600)
    aws.stack_updates[STACK_ID] = aws.time
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    request = update(aws, new, properties(**ANOTHER), properties())
    aws.answer_at(request, request["ResponseURL"].partition("?")[0])
    aws.faults.die_before("DescribeStacks")

    answer = aws.carry_out(request)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert old in aws.sagemaker.running()
