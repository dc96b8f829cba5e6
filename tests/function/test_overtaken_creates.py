"""A delete may overtake its create, and take the creator's permissions with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.function.stale import jobs_unseen_for, refuse_while, stack_seen_as
from tests.simulation import Script, SimulatedAws

INVENTED = "models-Llama3-1ABCDEFGHIJK"
ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
NEVER_ENDS = Script(ends_after=None)
BACK = "UPDATE_ROLLBACK_IN_PROGRESS"

#: Seconds that CreateOptimizationJob takes. A step of the state machine may take 120.
IN_FLIGHT = [0, 20, 100]


@pytest.fixture(autouse=True)
def jobs_never_end(aws: SimulatedAws) -> None:
    aws.sagemaker.script = NEVER_ENDS


def deleted_meanwhile(aws: SimulatedAws, *, after_effect: bool = False, seconds: float = 0) -> dict[str, Any]:
    """The stack is deleted while its create is in flight, which goes on for some seconds: the Delete."""
    deletion = delete(aws, INVENTED)

    def the_stack_is_deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"
        aws.send(deletion)
        aws.settle(seconds)

    hook = aws.faults.meanwhile_after if after_effect else aws.faults.meanwhile
    hook("CreateOptimizationJob", the_stack_is_deleted)
    return deletion


@pytest.mark.parametrize("lag", [0, 2, 30])
@pytest.mark.parametrize("after_effect", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("seconds", IN_FLIGHT, ids="in flight for {} s".format)
def test_a_create_whose_stack_is_deleted_during_the_call_leaves_no_job(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, seconds: int, after_effect: bool, lag: float
) -> None:
    jobs_unseen_for(monkeypatch, aws, lag)
    deletion = deleted_meanwhile(aws, after_effect=after_effect, seconds=seconds)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert aws.wait_for_answer(deletion)["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1
    assert aws.sagemaker.jobs == {}


@pytest.mark.promise("Nothing leaks: the delete overtakes the create")
@pytest.mark.parametrize("seconds", IN_FLIGHT, ids="in flight for {} s".format)
def test_a_creator_whose_permissions_go_with_the_delete_leaves_no_job(
    aws: SimulatedAws, seconds: int
) -> None:
    """The policies and the function are deleted within seconds of the job's resource."""
    deletion = deleted_meanwhile(aws, seconds=seconds)
    for operation in ("DescribeOptimizationJob", "StopOptimizationJob", "DeleteOptimizationJob"):
        refuse_while(aws, operation, lambda: deletion["RequestId"] in aws.answers, "AccessDeniedException")

    aws.send(create(aws))
    aws.settle(3600)

    assert len(aws.sagemaker.started) == 1
    assert aws.sagemaker.running() == []


@pytest.mark.parametrize("seconds", IN_FLIGHT, ids="in flight for {} s".format)
def test_a_creator_that_has_no_permission_from_the_moment_of_its_call_leaves_the_job_to_the_delete(
    aws: SimulatedAws, seconds: int
) -> None:
    request = create(aws)
    deletion = deleted_meanwhile(aws, seconds=seconds)

    def creator_stops() -> None:
        del aws.executions[request["RequestId"]]

    aws.faults.meanwhile_after("CreateOptimizationJob", creator_stops)
    aws.faults.die_after("CreateOptimizationJob")
    aws.send(request)

    assert aws.wait_for_answer(deletion)["Status"] == "SUCCESS"
    assert request["RequestId"] not in aws.answers
    assert len(aws.sagemaker.started) == 1
    assert aws.sagemaker.jobs == {}


def test_a_job_that_is_not_wanted_is_stopped_in_the_run_of_the_function_that_started_it(
    aws: SimulatedAws,
) -> None:
    runs: list[int] = []
    deleted_meanwhile(aws)
    aws.faults.meanwhile_after("CreateOptimizationJob", lambda: runs.append(aws.invocations))
    aws.faults.meanwhile("StopOptimizationJob", lambda: runs.append(aws.invocations))

    aws.carry_out(create(aws))

    assert runs[0] == runs[1]


def test_a_delete_of_a_create_that_was_never_answered_looks_for_its_job_for_three_minutes(
    aws: SimulatedAws,
) -> None:
    """Longer than a create can be in flight, on a status of the stack that is half a minute old."""
    aws.stack_status = "DELETE_IN_PROGRESS"
    began = aws.time

    assert aws.carry_out(delete(aws, INVENTED))["Status"] == "SUCCESS"
    assert 180 <= aws.time - began <= 195


def test_a_delete_of_a_job_that_is_gone_looks_for_it_for_a_minute(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.sagemaker.jobs.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"
    began = aws.time

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert 60 <= aws.time - began <= 75


def test_a_delete_of_a_create_that_tried_nothing_looks_for_nothing(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ValidationException", "no such image")
    failed = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "ROLLBACK_IN_PROGRESS"
    aws.sagemaker.calls.clear()
    request = delete(aws, failed)
    aws.send(request)

    assert failed == "not-created/request-1"
    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"
    assert aws.sagemaker.calls == []


def test_a_create_that_may_have_started_a_job_has_an_id_whose_delete_finds_it(aws: SimulatedAws) -> None:
    """The function's process died, and every step after it."""
    aws.faults.die_after("CreateOptimizationJob")
    refuse_while(aws, "DescribeOptimizationJob", lambda: bool(aws.sagemaker.started), "AccessDenied", "no")
    failed = aws.carry_out(create(aws))
    aws.faults.before.clear()
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert failed["Status"] == "FAILED"
    assert failed["PhysicalResourceId"].startswith("unconfirmed/")
    assert aws.carry_out(delete(aws, failed["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize("seconds", [300, 3000], ids="{} s".format)
def test_a_job_that_cannot_be_stopped_while_it_starts_is_stopped_when_it_can(
    aws: SimulatedAws, seconds: int
) -> None:
    deletion = deleted_meanwhile(aws)
    can_be_stopped = aws.time + seconds
    said = "The job cannot be stopped in status Starting"
    refuse_while(aws, "StopOptimizationJob", lambda: aws.time < can_be_stopped, "ValidationException", said)

    answer = aws.carry_out(create(aws))

    assert "the stack is rolling back or being deleted" in answer["Reason"]
    assert aws.wait_for_answer(deletion)["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_a_delete_waits_out_a_conflict_that_passes(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    can_be_stopped = aws.time + 300
    said = "The job cannot be stopped in status Starting"
    refuse_while(aws, "StopOptimizationJob", lambda: aws.time < can_be_stopped, "ValidationException", said)
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.promise("Nothing leaks: a Stop or a Delete has no effect, or fails for an hour")
@pytest.mark.parametrize("operation", ["StopOptimizationJob", "DeleteOptimizationJob"])
def test_an_outage_that_lasts_longer_than_the_request_leaves_no_job(
    aws: SimulatedAws, operation: str
) -> None:
    """The response has to be sent within the hour; what is left is ended after it."""
    aws.sagemaker.script = Script()
    old = deployed(aws)
    aws.sagemaker.script = NEVER_ENDS
    aws.faults.meanwhile("CreateOptimizationJob", lambda: setattr(aws, "stack_status", BACK))
    over = aws.time + 2 * 3600
    refuse_while(aws, operation, lambda: aws.time < over, "ServiceUnavailable")

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    aws.settle(3 * 3600)

    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]
    assert aws.failed_executions == []


@pytest.mark.promise("Nothing leaks: the delete overtakes the create")
def test_a_delete_that_found_an_earlier_run_also_ends_the_one_that_a_create_starts_after_it(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The create does not see for half a minute that its stack goes back, and runs a failed job again."""
    aws.sagemaker.script = Script(ends_after=5, outcome="FAILED", reason="out of memory")
    aws.carry_out(create(aws))
    aws.settle(60)
    aws.sagemaker.script = NEVER_ENDS
    deletion = delete(aws, INVENTED)

    def the_stack_goes_back() -> None:
        # The first read is the Delete's.
        stack_seen_as(monkeypatch, aws, {"StackStatus": "CREATE_IN_PROGRESS"}, reads=range(2, 4))
        aws.stack_status = "ROLLBACK_IN_PROGRESS"
        aws.send(deletion)
        aws.settle(10)

    aws.faults.meanwhile("DeleteOptimizationJob", the_stack_goes_back)

    aws.send(create(aws))
    answer = aws.wait_for_answer(deletion)
    aws.settle(600)

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.jobs == {}
