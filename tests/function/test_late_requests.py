"""A request of an earlier operation, which was long in a queue, changes nothing in the present one."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.function.stale import refuse_while, stack_seen_as
from tests.simulation import STACK_ID, Script, SimulatedAws

INVENTED = "models-Llama3-1ABCDEFGHIJK"
ANOTHER = {"DeploymentInstanceType": "ml.p4d.24xlarge"}
FAILS = Script(starts_after=1, ends_after=300, outcome="FAILED", reason="out of memory")
NEVER_ENDS = Script(ends_after=None)


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def has(aws: SimulatedAws, physical_id: str) -> None:
    """The stack has this job as its resource."""
    state = {
        "PhysicalResourceId": physical_id,
        "ResourceStatus": "UPDATE_COMPLETE",
        "LastUpdatedTimestamp": datetime.fromtimestamp(aws.time, UTC),
    }
    aws.stack_resources_at[STACK_ID] = lambda _: {"Llama3": state}


def arrives(aws: SimulatedAws, late: dict[str, Any]) -> dict[str, Any]:
    """The response to a late request, which CloudFormation ignores."""
    aws.executions.clear()
    return aws.carry_out(late)


def limited(seconds: int) -> dict[str, Any]:
    return properties(StoppingCondition={"MaxRuntimeInSeconds": seconds})


@pytest.mark.parametrize("queued", [40, 1800])
def test_a_late_update_leaves_the_run_of_a_newer_update(aws: SimulatedAws, queued: int) -> None:
    """Both let a job run longer that had failed; the first was rolled back before it came."""
    aws.sagemaker.script = FAILS
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(1000)
    begin_update(aws)
    late = update(aws, name, limited(7200), limited(9000))
    aws.settle(5)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.carry_out(update(aws, name, limited(9000), limited(7200)))
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    aws.settle(queued)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    assert aws.carry_out(update(aws, name, limited(7200), limited(10800)))["Status"] == "SUCCESS"
    has(aws, name)
    aws.settle(1800)

    arrives(aws, late)

    assert aws.sagemaker.running() == [name]
    assert len(aws.sagemaker.started) == 2


def test_a_late_return_leaves_the_job_that_is_the_resource_by_now(aws: SimulatedAws) -> None:
    old = deployed(aws)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    late = update(aws, old, properties(**ANOTHER), properties())
    aws.settle(3700)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    has(aws, new)
    aws.settle(1200)

    arrives(aws, late)

    assert aws.sagemaker.running() == [new]


def test_a_late_create_starts_nothing_although_the_next_update_began_seconds_after_it(
    aws: SimulatedAws,
) -> None:
    """The update that added the job failed, and the next one has no job any more."""
    begin_update(aws)
    late = create(aws)
    aws.settle(5)
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    gone = delete(aws, INVENTED)
    aws.send(gone)
    aws.settle(10)
    begin_update(aws)
    aws.settle(5)
    aws.sagemaker.script = NEVER_ENDS

    answer = arrives(aws, late)
    aws.settle(3000)

    assert answer["Status"] == "FAILED"
    assert aws.sagemaker.started == []


@pytest.mark.parametrize("is_resource", [True, False])
def test_a_create_that_becomes_late_during_its_call_leaves_the_job_only_if_a_later_operation_has_it(
    aws: SimulatedAws, is_resource: bool
) -> None:
    """The next update asked for the same job, and found it."""
    aws.sagemaker.script = NEVER_ENDS

    def next_update() -> None:
        aws.time += 60
        begin_update(aws)
        aws.time += 1
        (name,) = aws.sagemaker.running()
        has(aws, name if is_resource else "models--llama3-0123456789abcdef")

    aws.faults.meanwhile_after("CreateOptimizationJob", next_update)

    assert aws.carry_out(create(aws))["Status"] == "FAILED"
    assert len(aws.sagemaker.running()) == (1 if is_resource else 0)


@pytest.mark.parametrize("is_create", [True, False])
@pytest.mark.parametrize("is_refused", [True, False])
@pytest.mark.parametrize("read", [3, 4, 5])
def test_one_look_at_the_stack_does_not_end_the_job_that_a_later_operation_is_about_to_take(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, read: int, is_refused: bool, is_create: bool
) -> None:
    """It shows the stack as it was before that operation, or is refused."""
    old = deployed(aws)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    before = {"LastUpdatedTime": datetime.fromtimestamp(aws.time, UTC)}
    aws.time += 1
    names: list[str] = []
    taken_at = aws.time + 100

    def next_update() -> None:
        aws.time += 60
        begin_update(aws)
        has(aws, old)
        names.extend(aws.sagemaker.running())

    def take(_: str) -> None:
        if aws.time >= taken_at:
            has(aws, names[0])

    aws.faults.meanwhile_after("CreateOptimizationJob", next_update)
    aws.faults.before.append(take)
    if is_refused:
        looks = itertools.count(1)
        refuse_while(aws, "DescribeStacks", lambda: next(looks) == read, "ThrottlingException")
    else:
        stack_seen_as(monkeypatch, aws, before, reads={read})
    new = properties(**ANOTHER)
    aws.carry_out(create(aws, **ANOTHER) if is_create else update(aws, old, properties(), new))
    aws.settle(900)

    assert aws.sagemaker.running() == names


def test_a_create_that_becomes_late_during_its_call_ends_the_job_if_the_next_update_has_no_such_resource(
    aws: SimulatedAws,
) -> None:
    aws.sagemaker.script = NEVER_ENDS

    def next_update() -> None:
        aws.time += 60
        begin_update(aws)
        aws.stack_resources_at[STACK_ID] = lambda _: {}
        aws.stack_status = "UPDATE_COMPLETE"

    aws.faults.meanwhile_after("CreateOptimizationJob", next_update)

    assert aws.carry_out(create(aws))["Status"] == "FAILED"
    assert aws.sagemaker.running() == []


def test_a_late_update_starts_nothing_although_the_next_update_began_seconds_after_it(
    aws: SimulatedAws,
) -> None:
    """The stack shows that the resource has been updated since."""
    old = deployed(aws)
    begin_update(aws)
    late = update(aws, old, properties(), properties(**ANOTHER))
    aws.settle(10)
    begin_update(aws)
    since = datetime.fromtimestamp(aws.time, UTC)
    resource = {"PhysicalResourceId": old, "LastUpdatedTimestamp": since}
    aws.stack_resources_at[STACK_ID] = lambda _: {"Llama3": resource}
    aws.settle(10)

    assert arrives(aws, late)["Status"] == "FAILED"
    assert len(aws.sagemaker.started) == 1


def test_a_late_update_says_that_it_is_late(aws: SimulatedAws) -> None:
    old = deployed(aws)
    begin_update(aws)
    late = update(aws, old, properties(), properties(**ANOTHER))
    aws.settle(600)
    begin_update(aws)

    answer = arrives(aws, late)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert "a later operation of the stack has begun since this request" in answer["Reason"]
    assert len(aws.sagemaker.started) == 1


def test_a_late_change_of_tags_changes_no_tags(aws: SimulatedAws) -> None:
    name = deployed(aws)
    begin_update(aws)
    late = update(aws, name, properties(), properties(Tags=[{"Key": "stage", "Value": "test"}]))
    aws.settle(600)
    begin_update(aws)

    arrives(aws, late)

    assert aws.sagemaker.jobs[name].tags == {}


def test_a_request_that_its_update_began_a_moment_after_is_not_late(aws: SimulatedAws) -> None:
    """Two clocks of CloudFormation differ by a second."""
    old = deployed(aws)
    request = update(aws, old, properties(), properties(**ANOTHER))
    aws.stack_updates[STACK_ID] = aws.time + 1

    answer = aws.carry_out(request)

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]


def test_a_request_is_not_late_because_its_resource_is_not_found_twice(aws: SimulatedAws) -> None:
    """Two clocks of CloudFormation differ by ten seconds, so the resource has to say."""
    old = deployed(aws)
    has(aws, old)
    request = update(aws, old, properties(), properties(**ANOTHER))
    aws.stack_updates[STACK_ID] = aws.time + 10
    message = "Resource Llama3 does not exist for stack models"
    aws.faults.fail("DescribeStackResource", "ValidationError", message, times=2)

    answer = aws.carry_out(request)

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_change_of_tags_that_comes_when_the_stack_is_at_rest_changes_none(
    aws: SimulatedAws, status: str
) -> None:
    """Its update was cancelled, and rolled back or followed by nothing."""
    name = deployed(aws)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    late = update(aws, name, properties(), properties(Tags=[{"Key": "stage", "Value": "late"}]))
    aws.settle(700)
    aws.stack_status = status

    aws.carry_out(late)

    assert "AddTags" not in aws.sagemaker.calls
