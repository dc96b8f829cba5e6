"""What finds what it expects waits for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
TAGGED = {"Tags": [{"Key": "stage", "Value": "test"}]}
CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}


def seconds_of(aws: SimulatedAws, request: dict[str, Any]) -> float:
    """How long a request takes until it has succeeded."""
    began = aws.time
    assert aws.carry_out(request)["Status"] == "SUCCESS"
    return aws.time - began


@pytest.mark.parametrize("named", [{}, CHOSEN], ids=["generated name", "chosen name"])
def test_a_create_waits_for_nothing(aws: SimulatedAws, named: dict[str, Any]) -> None:
    assert seconds_of(aws, create(aws, **named)) == 0


@pytest.mark.parametrize("change", [TAGGED, ANOTHER, {"MaxInstanceCount": 2}, CHOSEN])
def test_an_update_waits_for_nothing(aws: SimulatedAws, change: dict[str, Any]) -> None:
    old = deployed(aws)
    aws.stack_updates[STACK_ID] = aws.time

    assert seconds_of(aws, update(aws, old, properties(), properties(**change))) == 0


def test_the_rollback_of_a_replacement_waits_for_nothing(aws: SimulatedAws) -> None:
    old = deployed(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert seconds_of(aws, update(aws, new, properties(**ANOTHER), properties())) == 0


@pytest.mark.parametrize("named", [{}, CHOSEN], ids=["generated name", "chosen name"])
@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
@pytest.mark.parametrize("outcome", ["COMPLETED", "FAILED"])
def test_a_delete_of_a_job_that_has_ended_waits_for_nothing(
    aws: SimulatedAws, named: dict[str, Any], status: str, outcome: str
) -> None:
    aws.sagemaker.script = Script(ends_after=60, outcome=outcome)
    name = aws.carry_out(create(aws, **named))["PhysicalResourceId"]
    aws.settle(600)
    aws.stack_status = status

    assert seconds_of(aws, delete(aws, name, **named)) == 0
    assert aws.sagemaker.jobs == {}


def test_a_delete_of_a_running_job_takes_as_long_as_the_job_takes_to_stop(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None, stops_after=100)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert 100 <= seconds_of(aws, delete(aws, name)) <= 100 + 15


def test_a_deletion_that_begins_while_a_job_starts_takes_no_longer(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None, stops_after=0)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert seconds_of(aws, delete(aws, name)) == 0


def test_a_leg_waits_for_its_job_and_for_nothing_else(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(starts_after=30, ends_after=600)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    run = aws.sagemaker.jobs[name].creation_time

    assert seconds_of(aws, leg(aws, name, Run=run, Last=True)) == 600
    assert seconds_of(aws, leg(aws, name, Run=run, Last=True)) == 0
