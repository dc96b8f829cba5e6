"""The function crashes for good: what it started ends, and nothing else does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optimization_job import handler, steps
from tests.function.broken_step import advance_with, crash
from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.function.stale import tags_unseen_for
from tests.simulation import Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    advance_with(monkeypatch, crash)


def failed(answer: dict[str, Any]) -> bool:
    return answer["Status"] == "FAILED" and "a bug" in answer["Reason"]


def test_a_change_of_tags_never_stops_the_job_that_the_stack_has(
    aws: SimulatedAws, request: pytest.FixtureRequest
) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_IN_PROGRESS"
    request.getfixturevalue("broken")

    answer = aws.carry_out(update(aws, name, properties(), properties(Tags=[{"Key": "a", "Value": "b"}])))

    assert failed(answer)
    assert aws.sagemaker.running() == [name]


def test_a_job_of_an_earlier_attempt_that_has_completed_is_left_as_it_is(
    aws: SimulatedAws, request: pytest.FixtureRequest
) -> None:
    new_name = aws.carry_out(create(aws, **ANOTHER))["PhysicalResourceId"]
    old_name = deployed(aws)
    request.getfixturevalue("broken")

    answer = aws.carry_out(update(aws, old_name, properties(), properties(**ANOTHER)))

    assert failed(answer)
    assert "could not be stopped" not in answer["Reason"]
    assert "StopOptimizationJob" not in aws.sagemaker.calls
    assert sorted(aws.sagemaker.jobs) == sorted([old_name, new_name])


@pytest.mark.usefixtures("broken")
def test_somebody_elses_job_of_a_chosen_name_runs_on(aws: SimulatedAws) -> None:
    theirs = {"OptimizationJobName": "my-job", "OutputConfig": {"S3OutputLocation": "s3://theirs/x"}}
    aws.sagemaker.create_optimization_job(**theirs, StoppingCondition={})

    assert failed(aws.carry_out(create(aws, **CHOSEN)))
    assert aws.sagemaker.running() == ["my-job"]


def test_our_job_of_a_chosen_name_is_stopped(aws: SimulatedAws, request: pytest.FixtureRequest) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    aws.carry_out(create(aws, **CHOSEN))
    request.getfixturevalue("broken")

    assert failed(aws.carry_out(create(aws, **CHOSEN)))
    assert aws.sagemaker.running() == []


def test_our_job_whose_tags_are_not_seen_yet_is_stopped_by_the_delete_of_its_create(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    tags_unseen_for(monkeypatch, aws, 160)
    aws.carry_out(create(aws, **CHOSEN))
    request.getfixturevalue("broken")
    answer = aws.carry_out(create(aws, **CHOSEN))
    advance_with(monkeypatch, steps.advance)
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert failed(answer)
    assert aws.sagemaker.running() == ["my-job"]
    gone = delete(aws, answer["PhysicalResourceId"], **CHOSEN)
    assert aws.carry_out(gone)["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.usefixtures("broken")
def test_properties_that_nobody_understands_are_answered_before_anything_can_crash(aws: SimulatedAws) -> None:
    request = create(aws, Version="99")
    aws.send(request)

    (answer,) = aws.answers[request["RequestId"]]
    assert "version '99' and this function understands 1" in answer["Reason"]
    assert aws.executions == {}


def test_a_delete_and_a_leg_that_crash_stop_nothing(
    aws: SimulatedAws, request: pytest.FixtureRequest
) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    request.getfixturevalue("broken")

    assert failed(aws.carry_out(leg(aws, name)))
    aws.stack_status = "DELETE_IN_PROGRESS"
    assert failed(aws.carry_out(delete(aws, name)))
    assert aws.sagemaker.running() == [name]


def test_the_cause_of_a_failed_step_tells_nobody_the_address_of_the_response(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Step Functions quotes the whole state in some of its errors."""
    request = create(aws)
    cause = f"The JSONPath '$.Memory' could not be found in the input '{json.dumps(request)}'"
    date = "2026-11-27T00:00:00Z"
    error = {"Error": "States.ParameterPathFailure", "Cause": cause}
    step = {"Step": "fail", "Request": request, "Error": error, "StartTime": date, "EnteredTime": date}

    told = handler.handler(step, None)["State"]["Response"]

    assert "States.ParameterPathFailure: see the execution" in json.dumps(told)
    assert "https://" not in json.dumps(told) + capsys.readouterr().out
