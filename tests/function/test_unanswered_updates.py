"""An update whose response CloudFormation never had: its job runs beside no other, and no record of it is
left.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.function.stale import jobs_unseen_for, refuse_while
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.sagemaker import SimulatedJob

SECOND: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
THIRD: dict[str, Any] = {"DeploymentInstanceType": "ml.p4d.24xlarge"}
SLOW_TO_STOP = Script(ends_after=None, stops_after=1200)


def unanswered(aws: SimulatedAws) -> tuple[str, SimulatedJob]:
    """An update from the job that has completed, whose own job runs: the old name, and the new job."""
    old = deployed(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    aws.sagemaker.script = SLOW_TO_STOP
    aws.carry_out(update(aws, old, properties(), properties(**SECOND)))
    aws.executions.clear()
    return old, aws.sagemaker.started[-1]


@pytest.mark.promise(
    "Nothing leaks: an update ends without a response or a rollback, and the next one changes the definition"
)
@pytest.mark.parametrize("lag", [0, 30])
def test_the_next_update_ends_the_job_of_the_one_before_and_then_starts_its_own(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, lag: float
) -> None:
    """The one before was not rolled back, so its properties are the old ones of the next."""
    jobs_unseen_for(monkeypatch, aws, lag)
    old, second = unanswered(aws)
    aws.stack_updates[STACK_ID] = aws.time
    beside: list[str] = []
    aws.faults.meanwhile("CreateOptimizationJob", lambda: beside.append(second.status(aws.time)))

    answer = aws.carry_out(update(aws, old, properties(**SECOND), properties(**THIRD)))
    aws.settle(2400)

    assert answer["Status"] == "SUCCESS"
    assert beside == ["STOPPING"]
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert sorted(aws.sagemaker.jobs) == sorted([old, answer["PhysicalResourceId"]])


def test_the_next_update_that_asks_for_the_same_finds_the_job(aws: SimulatedAws) -> None:
    old, second = unanswered(aws)
    aws.stack_updates[STACK_ID] = aws.time

    answer = aws.carry_out(update(aws, old, properties(**SECOND), properties(**SECOND)))

    assert answer["PhysicalResourceId"] == second.request["OptimizationJobName"]
    assert len(aws.sagemaker.started) == 2


def test_a_rollback_of_a_cancelled_update_does_not_wait_and_its_record_goes_after_the_response(
    aws: SimulatedAws,
) -> None:
    old, second = unanswered(aws)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    began = aws.time

    answer = aws.carry_out(update(aws, old, properties(**SECOND), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert aws.time - began <= 15
    assert second.status(aws.time) == "STOPPING"
    aws.settle(2400)
    assert list(aws.sagemaker.jobs) == [old]
    assert aws.executions == {}


def test_no_record_is_left_when_the_stack_is_deleted_right_after_such_a_rollback(aws: SimulatedAws) -> None:
    old, _ = unanswered(aws)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.carry_out(update(aws, old, properties(**SECOND), properties()))
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, old))["Status"] == "SUCCESS"
    aws.settle(2400)
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize("operation", ["DescribeOptimizationJob", "DeleteOptimizationJob"])
@pytest.mark.parametrize("code", ["ServiceUnavailable", "ThrottlingException"])
def test_what_is_ended_after_the_response_goes_on_after_an_outage_of_an_hour(
    aws: SimulatedAws, operation: str, code: str
) -> None:
    old, _ = unanswered(aws)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.carry_out(update(aws, old, properties(**SECOND), properties()))
    over = aws.time + 3600
    refuse_while(aws, operation, lambda: aws.time < over, code)

    aws.settle(2 * 3600)

    assert list(aws.sagemaker.jobs) == [old]
    assert aws.failed_executions == []


def test_what_is_ended_after_the_response_is_given_up_when_the_permissions_have_gone(
    aws: SimulatedAws,
) -> None:
    """Then the stack is gone as well, and nothing else could be done."""
    old, _ = unanswered(aws)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.carry_out(update(aws, old, properties(**SECOND), properties()))
    refuse_while(aws, "DescribeOptimizationJob", lambda: True, "AccessDeniedException", "no")

    aws.settle(3600)

    assert aws.executions == {}
    assert aws.failed_executions == []


def test_what_is_ended_after_the_response_leaves_the_next_run_of_that_name(aws: SimulatedAws) -> None:
    old, second = unanswered(aws)
    name = second.request["OptimizationJobName"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.carry_out(update(aws, old, properties(**SECOND), properties()))
    aws.settle(60)
    del aws.sagemaker.jobs[name]
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.script = Script(ends_after=None)
    again = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))
    aws.settle(2400)

    assert again["PhysicalResourceId"] == name
    assert aws.sagemaker.running() == [name]


@pytest.mark.parametrize("second_ran", [True, False], ids=["it was started", "it was not"])
def test_a_late_request_of_the_update_before_starts_nothing_beside_the_next(
    aws: SimulatedAws, second_ran: bool
) -> None:
    old = deployed(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    aws.sagemaker.script = Script(ends_after=None)
    late = update(aws, old, properties(), properties(**SECOND))
    if second_ran:
        aws.carry_out(late)
    aws.settle(600)
    aws.stack_updates[STACK_ID] = aws.time
    third = aws.carry_out(update(aws, old, properties(**SECOND), properties(**THIRD)))["PhysicalResourceId"]
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": third}
    aws.send(late)
    aws.settle(1200)

    assert aws.sagemaker.running() == [third]
    assert len(aws.sagemaker.started) == (3 if second_ran else 2)


def test_a_create_without_a_response_is_found_by_the_next(aws: SimulatedAws) -> None:
    first = aws.carry_out(create(aws))["PhysicalResourceId"]
    assert aws.carry_out(create(aws))["PhysicalResourceId"] == first
    assert len(aws.sagemaker.started) == 1


# The update after it is wrong: its properties are the old ones of the next, which then knows of no other.


WRONG: dict[str, dict[str, Any]] = {
    "properties of a newer release": {"Version": "99"},
    "properties that nobody understands": {"OptimizationConfigs": [{"NoSuchConfig": "x"}]},
}

every_wrong_update = pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)


@every_wrong_update
def test_a_wrong_update_fails_and_leaves_no_job_beside_that_of_the_next(
    aws: SimulatedAws, wrong: dict[str, Any]
) -> None:
    old, _ = unanswered(aws)
    aws.stack_updates[STACK_ID] = aws.time
    failed = aws.carry_out(update(aws, old, properties(**SECOND), properties(**wrong)))
    aws.settle(60)
    aws.stack_updates[STACK_ID] = aws.time
    third = aws.carry_out(update(aws, old, properties(**wrong), properties(**THIRD)))["PhysicalResourceId"]

    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", old)
    assert aws.sagemaker.running() == [third]


@every_wrong_update
def test_a_wrong_update_leaves_no_job_that_outlives_the_stack(
    aws: SimulatedAws, wrong: dict[str, Any]
) -> None:
    old, _ = unanswered(aws)
    aws.stack_updates[STACK_ID] = aws.time
    assert aws.carry_out(update(aws, old, properties(**SECOND), properties(**wrong)))["Status"] == "FAILED"
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, old, **wrong))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == []


def test_a_job_that_is_just_being_created_does_not_outlive_the_stack(in_dialect: Any) -> None:
    """Another resource fails, nothing is rolled back, and the stack is deleted. The permissions go with
    it, so who creates the job cannot stop it any more.
    """
    aws = in_dialect(create_time=100)
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = SLOW_TO_STOP
    gone: list[dict[str, Any]] = []

    def the_stack_is_deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"
        gone.append(delete(aws, old, **SECOND))
        aws.send(gone[0])

    def the_permissions_go(called: str) -> None:
        if called == "PUT" and gone and gone[0]["RequestId"] in aws.answers:
            aws.without_permissions.add(STACK_ID)

    aws.faults.meanwhile("CreateOptimizationJob", the_stack_is_deleted)
    aws.faults.after.append(the_permissions_go)
    aws.send(update(aws, old, properties(), properties(**SECOND)))
    aws.settle(2400)

    assert aws.answers[gone[0]["RequestId"]][0]["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.running() == []


def test_what_is_left_over_is_ended_although_the_response_is_not_taken(aws: SimulatedAws) -> None:
    old, _ = unanswered(aws)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    request = update(aws, old, properties(**SECOND), properties())
    aws.never_taken.add(request["RequestId"])
    aws.send(request)
    aws.settle(1800)

    assert list(aws.sagemaker.jobs) == [old], "the record does not wait for the response"
    aws.never_taken.clear()
    assert aws.wait_for_answer(request)["Status"] == "SUCCESS"


def test_a_response_that_is_not_taken_survives_a_tracker_that_cannot_be_started(aws: SimulatedAws) -> None:
    request = create(aws)
    aws.never_taken.add(request["RequestId"])
    aws.send(request)
    aws.faults.fail("StartExecution", "AccessDeniedException", times=1000)
    aws.settle(900)
    aws.never_taken.clear()

    assert aws.wait_for_answer(request)["Status"] == "SUCCESS"


def test_a_completed_job_with_a_chosen_name_that_was_never_a_resource_frees_its_name(
    aws: SimulatedAws,
) -> None:
    old = deployed(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old}
    chosen = properties(**SECOND, OptimizationJobName="my-job")
    aws.carry_out(update(aws, old, properties(), chosen))
    aws.executions.clear()
    aws.settle(3600)
    aws.stack_updates[STACK_ID] = aws.time

    new = aws.carry_out(update(aws, old, chosen, properties(**THIRD)))["PhysicalResourceId"]
    aws.settle(600)

    assert sorted(aws.sagemaker.jobs) == sorted([old, new])


@pytest.mark.parametrize("is_of_this_update", [False, True], ids=["from before", "of this update"])
def test_a_rollback_ends_the_record_of_a_chosen_name_only_if_its_update_ran_the_job(
    aws: SimulatedAws, is_of_this_update: bool
) -> None:
    """An update that failed and was kept has replaced the job of that name, and this one wants it again."""
    chosen = properties(**SECOND, OptimizationJobName="my-job")
    began = aws.time
    aws.carry_out(create(aws, **SECOND, OptimizationJobName="my-job"))
    aws.settle(3600)
    kept = aws.carry_out(update(aws, "my-job", chosen, properties()))["PhysicalResourceId"]
    aws.settle(3600)
    aws.stack_updates[STACK_ID] = began if is_of_this_update else aws.time
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, kept, chosen, properties()))
    aws.settle(900)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", kept)
    assert ("my-job" in aws.sagemaker.jobs) is not is_of_this_update
