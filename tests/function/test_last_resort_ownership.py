"""The steps of a request crash for good, or return rubbish: what it started is stopped, also if an update
before it had started that, and no job that was there before or that a later operation has.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, deployed, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.state_machine import TaskFailedError

SECOND: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
THIRD: dict[str, Any] = {"DeploymentInstanceType": "ml.p4d.24xlarge"}
FOURTH: dict[str, Any] = {"DeploymentInstanceType": "ml.p5.48xlarge"}
NEVER_ENDS = Script(ends_after=None)


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def has(aws: SimulatedAws, physical_id: str) -> None:
    """The stack has this job as its resource."""
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": physical_id}


def steps_crash(monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws, request: dict[str, Any]) -> None:
    """The function crashes in each step of this request, and in no other's."""
    invoke = aws._invoke  # noqa: SLF001 - what Step Functions calls

    def crash(function_name: str, payload: dict[str, Any]) -> Any:
        is_its = payload.get("Request", {}).get("RequestId") == request["RequestId"]
        if is_its and payload["Step"] == "advance":
            raise TaskFailedError("Runtime.ExitError", "the process ended")
        return invoke(function_name, payload)

    monkeypatch.setattr(aws, "_invoke", crash)


def test_a_rollback_leaves_the_job_that_it_returns_to(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the job, so it runs on while its stack is updated."""
    aws.sagemaker.script = NEVER_ENDS
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    begin_update(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))["PhysicalResourceId"]
    has(aws, new)
    aws.settle(60)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    back = update(aws, new, properties(**SECOND), properties())
    steps_crash(monkeypatch, aws, back)

    assert aws.carry_out(back)["Status"] == "FAILED"
    assert old in aws.sagemaker.running()


def test_a_cancelled_update_leaves_the_job_that_a_later_update_has(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = deployed(aws)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    cancelled = update(aws, old, properties(), properties(**SECOND))
    steps_crash(monkeypatch, aws, cancelled)
    aws.send(cancelled)
    aws.settle(5)
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    aws.settle(5)
    begin_update(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))["PhysicalResourceId"]
    has(aws, new)
    aws.settle(1200)

    assert aws.answers[cancelled["RequestId"]][0]["Status"] == "FAILED"
    assert aws.sagemaker.running() == [new]


def test_a_create_leaves_the_job_of_the_create_that_came_after_it(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a rollback, the next update creates anew what was not created."""
    aws.sagemaker.script = NEVER_ENDS
    first = create(aws)
    steps_crash(monkeypatch, aws, first)
    aws.send(first)
    aws.settle(10)
    begin_update(aws)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    has(aws, name)
    aws.settle(1200)

    assert aws.answers[first["RequestId"]][0]["Status"] == "FAILED"
    assert aws.sagemaker.running() == [name]


def test_an_update_stops_the_job_of_the_update_before_that_never_had_a_response(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update after it has only its own properties and those of the one that crashed."""
    old = deployed(aws)
    has(aws, old)
    aws.sagemaker.script = NEVER_ENDS
    begin_update(aws)
    aws.carry_out(update(aws, old, properties(), properties(**SECOND)))
    aws.settle(60)
    begin_update(aws)
    third = update(aws, old, properties(**SECOND), properties(**THIRD))
    steps_crash(monkeypatch, aws, third)
    assert aws.carry_out(third)["Status"] == "FAILED"
    aws.settle(60)
    begin_update(aws)
    fourth = aws.carry_out(update(aws, old, properties(**THIRD), properties(**FOURTH)))["PhysicalResourceId"]

    assert aws.sagemaker.running() == [fourth]


def test_an_update_whose_step_returns_what_is_no_answer_stops_the_job_that_it_started(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = deployed(aws)
    has(aws, old)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    invoke = aws._invoke  # noqa: SLF001 - what Step Functions calls

    def rubbish(function_name: str, payload: dict[str, Any]) -> Any:
        result = invoke(function_name, payload)
        return {**result, "State": {"Response": {}}} if result.get("Next") == "respond" else result

    monkeypatch.setattr(aws, "_invoke", rubbish)

    answer = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))

    assert answer["Status"] == "FAILED"
    assert "an invalid response" in answer["Reason"]
    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.running() == []
