"""A resource that gets another logical id, or goes to another stack, keeps its job."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws

CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}
TAGGED = {"Tags": [{"Key": "stage", "Value": "test"}]}
ANOTHER_STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/moved/9"

#: What a stack refactoring changes of a resource; its physical id stays.
MOVES = {"another logical id": {"LogicalResourceId": "Renamed"}, "another stack": {"StackId": ANOTHER_STACK}}

every_move = pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
every_name = pytest.mark.parametrize("named", [{}, CHOSEN], ids=["generated name", "chosen name"])


def moved(aws: SimulatedAws, move: dict[str, str], name: str, status: str) -> None:
    """The stack has the job as its resource in the new place."""
    stack = move.get("StackId", STACK_ID)
    aws.stack_statuses[stack] = status
    aws.stack_resources[stack] = lambda: {move.get("LogicalResourceId", "Llama3"): name}


@every_move
@every_name
def test_a_change_of_tags_runs_no_new_job(
    aws: SimulatedAws, move: dict[str, str], named: dict[str, Any]
) -> None:
    name = deployed(aws, **named)
    moved(aws, move, name, "UPDATE_IN_PROGRESS")
    began = aws.time

    answer = aws.carry_out(update(aws, name, properties(**named), properties(**named, **TAGGED)) | move)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.jobs[name].tags["stage"] == "test"
    assert len(aws.sagemaker.started) == 1
    assert aws.time == began


@every_move
@every_name
def test_its_job_is_stopped_and_deleted_with_the_resource(
    aws: SimulatedAws, move: dict[str, str], named: dict[str, Any]
) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws, **named))["PhysicalResourceId"]
    moved(aws, move, name, "DELETE_IN_PROGRESS")

    assert aws.carry_out(delete(aws, name, **named) | move)["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@every_move
def test_a_job_that_the_new_place_does_not_have_is_left_alone(
    aws: SimulatedAws, move: dict[str, str]
) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    moved(aws, move, "models--llama3-0123456789abcdef", "DELETE_IN_PROGRESS")

    assert aws.carry_out(delete(aws, name) | move)["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [name]


@every_move
def test_a_replacement_has_the_new_place_in_its_name(aws: SimulatedAws, move: dict[str, str]) -> None:
    old = deployed(aws)
    moved(aws, move, old, "UPDATE_IN_PROGRESS")
    another = properties(DeploymentInstanceType="ml.g6.xlarge")

    new = aws.carry_out(update(aws, old, properties(), another) | move)["PhysicalResourceId"]
    moved(aws, move, new, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    aws.carry_out(delete(aws, old) | move)

    assert new[-16:-8] != old[-16:-8]
    assert aws.sagemaker.running() == [new]


@pytest.mark.parametrize("runs", [True, False], ids=["running", "completed"])
def test_a_job_that_another_resource_made_of_a_name_that_had_lost_its_record_is_left_alone(
    aws: SimulatedAws, runs: bool
) -> None:
    """The chosen name moves to another resource in the update that removes this one."""
    name = deployed(aws, **CHOSEN)
    del aws.sagemaker.jobs[name]
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    other = aws.carry_out(create(aws, **CHOSEN) | {"LogicalResourceId": "Another"})
    aws.settle(60 if runs else 3600)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name, "Another": name}
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, name, **CHOSEN))

    assert (other["Status"], other["PhysicalResourceId"]) == ("SUCCESS", name)
    assert answer["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == [name]
    assert aws.sagemaker.running() == ([name] if runs else [])


def test_a_job_of_the_last_update_is_stopped_when_its_renamed_resource_is_deleted_with_the_stack(
    aws: SimulatedAws,
) -> None:
    """Neither the refactoring nor the deletion is an update."""
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws, **CHOSEN))["PhysicalResourceId"]
    aws.settle(600)
    moved(aws, MOVES["another logical id"], name, "DELETE_IN_PROGRESS")

    request = delete(aws, name, **CHOSEN) | MOVES["another logical id"]

    assert aws.carry_out(request)["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}
