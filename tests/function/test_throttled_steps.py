"""Lambda may throttle every step. Such a step did nothing, and looks like one that came to no end."""

from __future__ import annotations

import itertools

import pytest

from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}


@pytest.fixture
def name(aws: SimulatedAws) -> str:
    """The job that is deployed. From now on, Lambda takes only every second invocation."""
    name = deployed(aws)
    numbers = itertools.count()
    aws.throttles = lambda: next(numbers) % 2 == 0
    return name


@pytest.mark.promise("Nothing leaks: Lambda throttles each step of a request")
def test_a_delete_of_a_record_that_is_gone_succeeds(aws: SimulatedAws, name: str) -> None:
    del aws.sagemaker.jobs[name]
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name), within=300)["Status"] == "SUCCESS"


@pytest.mark.promise("A rollback is a return: Lambda throttles each step of a request")
def test_a_return_to_a_record_that_is_gone_succeeds(aws: SimulatedAws, name: str) -> None:
    del aws.sagemaker.jobs[name]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, name, properties(MaxInstanceCount=2), properties()), within=300)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)


def test_a_leg_of_a_job_that_is_gone_says_so(aws: SimulatedAws, name: str) -> None:
    del aws.sagemaker.jobs[name]
    aws.stack_status = "CREATE_IN_PROGRESS"

    answer = aws.carry_out(leg(aws, name), within=300)

    assert answer["Status"] == "FAILED"
    assert name in answer["Reason"]


@pytest.mark.promise("Nothing leaks: Lambda throttles each step of a request")
def test_an_update_that_is_cancelled_leaves_no_job(aws: SimulatedAws, name: str) -> None:
    def cancel() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    aws.sagemaker.script = Script(ends_after=None)
    aws.faults.meanwhile_after("CreateOptimizationJob", cancel)

    answer = aws.carry_out(update(aws, name, properties(), properties(**ANOTHER)), within=300)
    aws.settle(600)

    assert answer["Status"] == "FAILED"
    assert list(aws.sagemaker.jobs) == [name]


def test_a_create_starts_one_job(aws: SimulatedAws, name: str) -> None:
    aws.stack_status = "CREATE_IN_PROGRESS"

    assert aws.carry_out(create(aws, **ANOTHER), within=300)["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2


def test_an_update_after_one_that_was_never_answered_succeeds(aws: SimulatedAws, name: str) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    unanswered = properties(DeploymentInstanceType="ml.g6.2xlarge")

    answer = aws.carry_out(update(aws, name, unanswered, properties(**ANOTHER)), within=300)

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_request_that_is_cancelled_before_it_has_begun_is_over_in_minutes(
    aws: SimulatedAws, name: str, request_type: str
) -> None:
    is_create = request_type == "Create"
    aws.stack_status = "ROLLBACK_IN_PROGRESS" if is_create else "UPDATE_ROLLBACK_IN_PROGRESS"

    aws.carry_out(
        create(aws, **ANOTHER) if is_create else update(aws, name, properties(), properties(**ANOTHER)),
        within=300,
    )

    assert list(aws.sagemaker.jobs) == [name]
    assert len(aws.sagemaker.started) == 1
