"""State machines are executed, in clock time and as their role."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.kernel.api import ApiError

Make = Callable[..., str]
LAMBDA = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}

# Counts down, and fails as often as it is told.
COUNT_DOWN = """
    failures = {}

    def handler(event, context):
        key = event.get("key", "")
        failures[key] = failures.get(key, 0) + 1
        if failures[key] <= event.get("fail", 0):
            raise OSError("not now")
        return {**event, "left": event.get("left", 1) - 1}
"""
POLL = {
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "work", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "Retry": [{"ErrorEquals": ["OSError"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3}],
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.left", "NumericLessThanEquals": 0, "Next": "Done"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 30, "Next": "Work"},
        "Done": {"Type": "Succeed"},
    },
}
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}


@pytest.fixture
def machine(cloud: LocalCloud, role: Make) -> Make:
    """Makes a state machine from its definition, and answers its ARN."""

    def make(definition: dict[str, Any], *statements: dict[str, Any], name: str = "machine") -> str:
        created = cloud.client("stepfunctions").create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn=role(*(statements or (LAMBDA,)), name=f"{name}-role"),
        )
        return str(created["stateMachineArn"])

    return make


def ended(cloud: LocalCloud, execution_arn: str, seconds: float = 100_000) -> Any:
    """The execution after so many clock seconds."""
    cloud.clock.pause()
    cloud.clock.advance(seconds)
    cloud.clock.resume()
    return cloud.state_machines.execution(execution_arn)


def test_waits_take_clock_time_and_nothing_else_does(
    cloud: LocalCloud, role: Make, function: Make, machine: Make
) -> None:
    function(COUNT_DOWN, role())
    execution = ended(cloud, cloud.state_machines.start(machine(POLL), {"left": 100}))
    assert (execution.status, execution.output["left"]) == ("SUCCEEDED", 0)
    assert execution.stopped - execution.started == timedelta(seconds=99 * 30)


def test_a_choice_that_finds_nothing_is_no_error_in_the_log(
    cloud: LocalCloud, machine: Make, caplog: pytest.LogCaptureFixture
) -> None:
    is_there = {"Variable": "$.there", "IsPresent": True, "Next": "Done"}
    states = {
        "Look": {"Type": "Choice", "Choices": [is_there], "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }
    arn = machine({"StartAt": "Look", "States": states})
    assert ended(cloud, cloud.state_machines.start(arn)).status == "SUCCEEDED"
    assert caplog.messages == []


def test_retries_wait_in_clock_time(cloud: LocalCloud, role: Make, function: Make, machine: Make) -> None:
    function(COUNT_DOWN, role())
    execution = ended(cloud, cloud.state_machines.start(machine(POLL), {"fail": 3}))
    assert execution.status == "SUCCEEDED"
    assert execution.stopped - execution.started == timedelta(seconds=2 + 4 + 8)


def test_when_the_retries_are_used_up_the_execution_fails(
    cloud: LocalCloud, role: Make, function: Make, machine: Make
) -> None:
    function(COUNT_DOWN, role())
    execution = ended(cloud, cloud.state_machines.start(machine(POLL), {"fail": 4}))
    assert (execution.status, execution.error) == ("FAILED", "OSError")


def test_a_task_acts_as_the_state_machines_role(
    cloud: LocalCloud, role: Make, function: Make, machine: Make
) -> None:
    function(COUNT_DOWN, role())
    ended(cloud, cloud.state_machines.start(machine(POLL)))
    [call] = cloud.calls.of("lambda", "Invoke")
    assert call.principal.startswith("arn:aws:sts::123456789012:assumed-role/machine-role/")


def test_without_permission_a_task_fails(
    cloud: LocalCloud, role: Make, function: Make, machine: Make
) -> None:
    function(COUNT_DOWN, role())
    other = {**LAMBDA, "Resource": "arn:aws:lambda:us-east-1:123456789012:function:other"}
    execution = ended(cloud, cloud.state_machines.start(machine(POLL, other)))
    assert (execution.status, execution.error) == ("FAILED", "Lambda.AccessDeniedException")
    assert "is not authorized to perform: lambda:InvokeFunction" in execution.cause


def test_the_context_object_tells_clock_time_as_step_functions_writes_it(
    cloud: LocalCloud, machine: Make
) -> None:
    definition = {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Tell"},
            "Tell": {
                "Type": "Pass",
                "Parameters": {
                    "Started.$": "$$.Execution.StartTime",
                    "Entered.$": "$$.State.EnteredTime",
                    "Name.$": "$$.Execution.Name",
                },
                "End": True,
            },
        },
    }
    execution = ended(cloud, cloud.state_machines.start(machine(definition), name="request-1"))
    history = cloud.state_machines.history(execution.arn)
    output = json.loads(history[-1]["executionSucceededEventDetails"]["output"])
    started, entered = (datetime.fromisoformat(output[key]) for key in ("Started", "Entered"))
    assert output["Name"] == "request-1"
    assert output["Entered"].endswith("Z")
    assert entered - started == timedelta(hours=1)
    assert history[-1]["timestamp"] - history[0]["timestamp"] == timedelta(hours=1)


def test_the_api_describes_executions_and_their_history(cloud: LocalCloud, machine: Make) -> None:
    client = cloud.client("stepfunctions")
    started = client.start_execution(stateMachineArn=machine(WAIT), input='{"n": 1}')
    execution = ended(cloud, started["executionArn"])
    described = client.describe_execution(executionArn=execution.arn)
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"n": 1})
    assert described["stopDate"] - described["startDate"] == timedelta(hours=1)
    kinds = [event["type"] for event in client.get_execution_history(executionArn=execution.arn)["events"]]
    assert kinds == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


def test_executions_without_a_name_get_one_each(cloud: LocalCloud, machine: Make) -> None:
    arn = machine(WAIT)
    client = cloud.client("stepfunctions")
    names = {client.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(3)}
    assert len(names) == 3


class TestTheSameName:
    def test_with_the_same_input_it_is_the_same_execution_while_it_runs(
        self, cloud: LocalCloud, machine: Make
    ) -> None:
        cloud.clock.pause()
        arn = machine(WAIT)
        first = cloud.state_machines.start(arn, {"n": 1}, name="request")
        assert cloud.state_machines.start(arn, {"n": 1}, name="request") == first
        assert len(cloud.state_machines.executions(arn)) == 1

    def test_with_another_input_it_is_an_error(self, cloud: LocalCloud, machine: Make) -> None:
        cloud.clock.pause()
        client = cloud.client("stepfunctions")
        arn = machine(WAIT)
        client.start_execution(stateMachineArn=arn, name="request", input='{"n": 1}')
        with pytest.raises(client.exceptions.ExecutionAlreadyExists):
            client.start_execution(stateMachineArn=arn, name="request", input='{"n": 2}')

    def test_after_its_end_it_is_an_error(self, cloud: LocalCloud, machine: Make) -> None:
        client = cloud.client("stepfunctions")
        arn = machine(WAIT)
        ended(cloud, cloud.state_machines.start(arn, {}, name="request"))
        with pytest.raises(client.exceptions.ExecutionAlreadyExists):
            client.start_execution(stateMachineArn=arn, name="request", input="{}")

    def test_ninety_days_after_its_end_it_is_free_again(self, cloud: LocalCloud, machine: Make) -> None:
        cloud.clock.pause()
        arn = machine(WAIT)
        first = cloud.state_machines.start(arn, {}, name="request")
        cloud.clock.advance(3600)
        assert cloud.state_machines.execution(first).status == "SUCCEEDED"
        cloud.clock.advance(90 * 86_400 - 1)
        with pytest.raises(ApiError, match="ExecutionAlreadyExists"):
            cloud.state_machines.start(arn, {}, name="request")
        cloud.clock.advance(1)
        assert cloud.state_machines.start(arn, {}, name="request") == first
        assert cloud.state_machines.execution(first).status == "RUNNING"


@pytest.mark.parametrize("name", ["a" * 80, "Job-1_2.3+4@5=6"])
def test_a_name_may_be_as_long_as_step_functions_takes_it(
    cloud: LocalCloud, machine: Make, name: str
) -> None:
    execution = ended(cloud, cloud.state_machines.start(machine(WAIT), name=name))
    assert (execution.name, execution.status) == (name, "SUCCEEDED")


@pytest.mark.parametrize("name", ["a" * 81, "with space", "a/b", "a:b", "a,b", "a$b", "a*"])
def test_a_name_that_step_functions_does_not_take_is_refused(
    cloud: LocalCloud, machine: Make, name: str
) -> None:
    client = cloud.client("stepfunctions")
    with pytest.raises(client.exceptions.InvalidName):
        client.start_execution(stateMachineArn=machine(WAIT), name=name)


def test_a_function_starts_executions_of_the_state_machine_that_invokes_it(
    cloud: LocalCloud, role: Make, function: Make, machine: Make
) -> None:
    source = """
        import boto3, json
        client = boto3.client("stepfunctions")

        def handler(event, context):
            if "next" in event:
                client.start_execution(stateMachineArn=event["machine"], name=event["next"], input="{}")
            return {"left": 0}
    """
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}
    function(source, role(start))
    arn = machine(POLL)
    ended(cloud, cloud.state_machines.start(arn, {"machine": arn, "next": "n" * 80}, name="first"))
    executions = {execution.name: execution.status for execution in cloud.state_machines.executions(arn)}
    assert executions == {"first": "SUCCEEDED", "n" * 80: "SUCCEEDED"}


class TestDeletion:
    """A state machine that is deleted ends its executions at their next transitions."""

    def test_whatever_runs_goes_no_further_than_its_state(
        self, cloud: LocalCloud, role: Make, function: Make, machine: Make
    ) -> None:
        cloud.clock.pause()
        function(COUNT_DOWN, role())
        arn = machine(POLL)
        execution = cloud.state_machines.start(arn, {"left": 100})
        cloud.clock.advance(45)
        cloud.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
        cloud.clock.advance(14)
        assert cloud.state_machines.execution(execution).status == "RUNNING"
        cloud.clock.advance(1)
        assert cloud.state_machines.execution(execution).status == "ABORTED"
        cloud.clock.advance(10_000)
        assert len(cloud.calls.of("lambda", "Invoke")) == 2

    def test_what_comes_to_its_end_succeeds(self, cloud: LocalCloud, machine: Make) -> None:
        cloud.clock.pause()
        arn = machine(WAIT)
        execution = cloud.state_machines.start(arn)
        cloud.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
        cloud.clock.advance(3600)
        assert cloud.state_machines.execution(execution).status == "SUCCEEDED"

    def test_until_then_it_is_deleting_and_its_name_is_taken(self, cloud: LocalCloud, machine: Make) -> None:
        cloud.clock.pause()
        client = cloud.client("stepfunctions")
        arn = machine(WAIT)
        described = client.describe_state_machine(stateMachineArn=arn)
        assert described["status"] == "ACTIVE"
        cloud.state_machines.start(arn)
        client.delete_state_machine(stateMachineArn=arn)
        assert client.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
        with pytest.raises(client.exceptions.StateMachineDeleting):
            client.start_execution(stateMachineArn=arn)
        again = {"name": "machine", "definition": json.dumps(WAIT), "roleArn": described["roleArn"]}
        with pytest.raises(client.exceptions.StateMachineDeleting):
            client.create_state_machine(**again)
        cloud.clock.advance(3600)
        with pytest.raises(client.exceptions.StateMachineDoesNotExist):
            client.describe_state_machine(stateMachineArn=arn)
        client.create_state_machine(**again)

    def test_one_that_is_not_there_is_no_mistake(self, cloud: LocalCloud, machine: Make) -> None:
        client = cloud.client("stepfunctions")
        arn = machine(WAIT)
        for _ in range(2):
            client.delete_state_machine(stateMachineArn=arn)
        with pytest.raises(client.exceptions.StateMachineDoesNotExist):
            client.start_execution(stateMachineArn=arn)


def test_an_execution_can_be_stopped_with_a_reason(cloud: LocalCloud, machine: Make) -> None:
    cloud.clock.pause()
    client = cloud.client("stepfunctions")
    arn = cloud.state_machines.start(machine(WAIT))
    cloud.clock.advance(60)
    client.stop_execution(executionArn=arn, error="Enough", cause="the stack is gone")
    execution = cloud.state_machines.execution(arn)
    assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Enough", "the stack is gone")
    assert execution.stopped is not None
    assert execution.stopped - execution.started == timedelta(seconds=60)


def test_a_machine_whose_role_does_not_trust_step_functions_fails(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    function(COUNT_DOWN, role())
    machine = cloud.client("stepfunctions").create_state_machine(
        name="m", definition=json.dumps(POLL), roleArn=role(LAMBDA, name="other", trust=trust)
    )
    execution = ended(cloud, cloud.state_machines.start(machine["stateMachineArn"]))
    assert execution.status == "FAILED"
    assert "not authorized to assume the provided role" in execution.cause


def test_a_machine_from_cloudformation_is_executed_with_its_substitutions(
    cloud: LocalCloud, role: Make
) -> None:
    template = {
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": role(),
                    "DefinitionString": json.dumps(
                        {
                            "StartAt": "Say",
                            "States": {"Say": {"Type": "Pass", "Result": "${Word}", "End": True}},
                        }
                    ),
                    "DefinitionSubstitutions": {"Word": "hello"},
                },
            }
        },
        "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}},
    }
    cloud.cloudformation.deploy(template, "app")
    outputs = cloud.client("cloudformation").describe_stacks(StackName="app")["Stacks"][0]["Outputs"]
    execution = ended(cloud, cloud.state_machines.start(outputs[0]["OutputValue"]))
    assert (execution.status, execution.output) == ("SUCCEEDED", "hello")


def test_sixty_executions_run_at_once(cloud: LocalCloud, role: Make, function: Make, machine: Make) -> None:
    function(COUNT_DOWN, role())
    arn = machine(POLL)
    with cloud.clock.busy():
        for number in range(60):
            cloud.state_machines.start(arn, {"left": 5, "key": str(number)})
    cloud.clock.pause()
    cloud.clock.advance(1000)
    executions = cloud.state_machines.executions(arn)
    assert {execution.status for execution in executions} == {"SUCCEEDED"}
    assert {execution.stopped - execution.started for execution in executions if execution.stopped} == {
        timedelta(seconds=4 * 30)
    }
    assert len(cloud.calls.of("lambda", "Invoke")) == 300


def test_a_reset_ends_every_execution(cloud: LocalCloud, machine: Make) -> None:
    cloud.clock.pause()
    arn = machine(WAIT)
    cloud.state_machines.start(arn)
    cloud.reset()
    assert cloud.state_machines.executions() == []
    with pytest.raises(ClientError, match="State Machine Does Not Exist"):
        cloud.client("stepfunctions").start_execution(stateMachineArn=arn)
