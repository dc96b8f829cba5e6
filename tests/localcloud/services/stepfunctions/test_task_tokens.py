"""A task that waits for a token hears of its end, and no token outlives its task."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint

from localcloud import LocalCloud

Make = Callable[..., str]
START = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}


def waiting(**more: Any) -> dict[str, Any]:
    """A task that starts an execution with its token, and waits."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.waitForTaskToken",
        "Parameters": {
            "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:other",
            "Name.$": "States.Hash($$.Task.Token, 'SHA-256')",
            "Input": {"token.$": "$$.Task.Token"},
        },
        "TimeoutSeconds": 7_200,
        "HeartbeatSeconds": 1_800,
        "End": True,
        **more,
    }


@pytest.fixture
def make(cloud: LocalCloud, role: Make) -> Make:
    """Makes a state machine from its definition, and answers its ARN."""

    def machine(definition: dict[str, Any], name: str) -> str:
        created = cloud.client("stepfunctions").create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn=role(START, name=f"{name}-role"),
        )
        return str(created["stateMachineArn"])

    return machine


@pytest.fixture
def begun(cloud: LocalCloud, make: Make) -> Callable[[dict[str, Any]], tuple[str, str]]:
    """Starts a state machine of one task or one Parallel, and answers its execution and the task's token."""

    def begin(state: dict[str, Any]) -> tuple[str, str]:
        cloud.clock.pause()
        other = make(WAIT, "other")
        arn = make({"StartAt": "Task", "States": {"Task": state}}, "waiting")
        execution = cloud.state_machines.start(arn)
        cloud.clock.advance(1)
        (started,) = cloud.state_machines.executions(other)
        return execution, str(started.input["token"])

    return begin


def test_the_output_of_a_token_is_that_of_the_task(cloud: LocalCloud, begun: Any) -> None:
    execution, token = begun(waiting())
    cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"answer": 42}')
    cloud.clock.advance(1)

    ended = cloud.state_machines.execution(execution)
    assert (ended.status, ended.output) == ("SUCCEEDED", {"answer": 42})


def test_a_failure_has_its_error_and_its_cause(cloud: LocalCloud, begun: Any) -> None:
    execution, token = begun(waiting())
    cloud.client("stepfunctions").send_task_failure(taskToken=token, error="Broken", cause="out of memory")
    cloud.clock.advance(1)

    ended = cloud.state_machines.execution(execution)
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "Broken", "out of memory")


def test_heartbeats_keep_a_task_alive(cloud: LocalCloud, begun: Any) -> None:
    execution, token = begun(waiting())
    for _ in range(3):
        cloud.clock.advance(1_700)
        cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)
    assert cloud.state_machines.execution(execution).status == "RUNNING"

    cloud.clock.advance(1_900)
    assert cloud.state_machines.execution(execution).status in ("FAILED", "TIMED_OUT")


def test_a_heartbeat_is_taken_as_soon_as_the_token_is_handed_out(
    cloud: LocalCloud, begun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_to_wait = CallbackEndpoint.setup_heartbeat_endpoint
    hurried = []

    def after_a_heartbeat(endpoint: CallbackEndpoint, heartbeat_seconds: int) -> Any:
        hurried.append(cloud.client("stepfunctions").send_task_heartbeat(taskToken=endpoint.callback_id))
        return begin_to_wait(endpoint, heartbeat_seconds)

    monkeypatch.setattr(CallbackEndpoint, "setup_heartbeat_endpoint", after_a_heartbeat)
    execution, token = begun(waiting())
    cloud.client("stepfunctions").send_task_success(taskToken=token, output="{}")
    cloud.clock.advance(1)

    assert len(hurried) == 1
    assert cloud.state_machines.execution(execution).status == "SUCCEEDED"


def test_the_token_of_an_aborted_execution_is_over(cloud: LocalCloud, begun: Any) -> None:
    execution, token = begun(waiting())
    cloud.client("stepfunctions").stop_execution(executionArn=execution)

    with pytest.raises(ClientError, match="TaskTimedOut"):
        cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)


def test_the_token_of_a_state_that_timed_out_is_over_while_the_execution_runs(
    cloud: LocalCloud, begun: Any
) -> None:
    branch = {"StartAt": "Inner", "States": {"Inner": waiting(TimeoutSeconds=60, HeartbeatSeconds=50)}}
    beside = {"StartAt": "Long", "States": {"Long": {"Type": "Wait", "Seconds": 600, "End": True}}}
    inner = branch["States"]["Inner"]  # type: ignore[index]
    inner["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    branch["States"]["Caught"] = {"Type": "Pass", "End": True}  # type: ignore[index]
    execution, token = begun({"Type": "Parallel", "Branches": [branch, beside], "End": True})
    cloud.clock.advance(120)

    assert cloud.state_machines.execution(execution).status == "RUNNING"
    with pytest.raises(ClientError, match="TaskTimedOut"):
        cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)


def test_the_token_of_a_branch_that_another_one_ends_is_over(cloud: LocalCloud, begun: Any) -> None:
    branch = {"StartAt": "Inner", "States": {"Inner": waiting()}}
    breaks = {
        "StartAt": "Soon",
        "States": {
            "Soon": {"Type": "Wait", "Seconds": 10, "Next": "Broken"},
            "Broken": {"Type": "Fail", "Error": "Broken"},
        },
    }
    _, token = begun({"Type": "Parallel", "Branches": [branch, breaks], "End": True})
    cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)
    cloud.clock.advance(20)

    with pytest.raises(ClientError, match="TaskTimedOut"):
        cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)
