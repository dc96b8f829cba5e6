"""Every request has its answer or its execution before the function's own time is up, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, EndpointConnectionError

from optimization_job import receive
from optimization_job.clients import client
from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.simulation import Died, Script, SimulatedAws

#: Seconds that Lambda gives the function: provider/function.py.
TIMEOUT = 180

#: Two attempts of Step Functions and three of everything else, each with its timeouts and the pause between.
SECONDS_OF_A_CALL = {"StartExecution": 22, "PUT": 30}
SECONDS_OF_ANOTHER_CALL = 48

ADDRESS = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x?X-Amz-Signature=secret"


def once(aws: SimulatedAws, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of the first run of the function, in which nothing else has been started."""
    invocations = aws.invocations
    aws.send(request)
    (answer,) = aws.answers[request["RequestId"]]
    assert aws.invocations == invocations + 1
    return answer


def unreachable(aws: SimulatedAws, *operations: str) -> None:
    """Nobody answers at these, so each call takes as long as it may. Lambda ends a function that is late."""
    ends = aws.time + TIMEOUT

    def black_hole(operation: str) -> None:
        if operation in (*operations, "PUT"):
            aws.time += SECONDS_OF_A_CALL.get(operation, SECONDS_OF_ANOTHER_CALL)
        if aws.time > ends:
            raise Died
        if operation in operations:
            raise ConnectTimeoutError(endpoint_url="https://states.us-east-1.amazonaws.com/")

    aws.faults.before.append(black_hole)


def requests_of(aws: SimulatedAws) -> dict[str, dict[str, Any]]:
    name = deployed(aws)
    return {
        "Create": create(aws, DeploymentInstanceType="ml.g6.xlarge"),
        "Update": update(aws, name, properties(), properties(MaxInstanceCount=2)),
        "Delete": delete(aws, name),
        "leg": leg(aws, "models--llama3-0123456789abcdef"),
    }


def test_a_call_of_step_functions_takes_no_longer_than_these_tests_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection hangs, or what is read of it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client.cache_clear()

    config = client("stepfunctions").meta.config

    seconds = config.retries["total_max_attempts"] * max(config.connect_timeout, config.read_timeout)
    assert seconds < SECONDS_OF_A_CALL["StartExecution"]


every_request = pytest.mark.parametrize("which", ["Create", "Update", "Delete", "leg"])


@every_request
@pytest.mark.parametrize(
    "operations",
    [
        ["StartExecution"],
        ["StartExecution", "DescribeStacks"],
        ["StartExecution", "DescribeOptimizationJob"],
    ],
    ids=" and ".join,
)
def test_a_state_machine_that_cannot_be_reached_is_answered_in_time(
    aws: SimulatedAws, which: str, operations: list[str]
) -> None:
    request = requests_of(aws)[which]
    began = aws.time
    unreachable(aws, *operations)

    answer = once(aws, request)

    assert answer["Status"] == "FAILED"
    assert "the execution that carries out the request could not be started" in answer["Reason"]
    assert aws.time - began <= TIMEOUT


def test_a_state_machine_that_can_be_reached_again_within_a_minute_carries_out_the_request(
    aws: SimulatedAws,
) -> None:
    aws.faults.fail("StartExecution", "ServiceUnavailable", times=6, status=503)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1


@every_request
def test_a_variable_that_is_missing_is_named_in_the_answer(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    request = requests_of(aws)[which]
    monkeypatch.delenv("STATE_MACHINE_ARN")

    answer = once(aws, request)

    assert answer["Status"] == "FAILED"
    assert "STATE_MACHINE_ARN" in answer["Reason"]


@pytest.mark.parametrize("code", ["StateMachineDoesNotExist", "InvalidArn", "ValidationException"])
def test_an_execution_that_can_never_start_is_answered_at_once_in_the_words_of_the_api(
    aws: SimulatedAws, code: str
) -> None:
    aws.faults.fail("StartExecution", code, "there is none", times=100)
    began = aws.time

    answer = once(aws, create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].endswith(f"StartExecution: {code}: there is none")
    assert aws.time == began


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail


@every_request
@pytest.mark.parametrize("where", ["start_execution", "state_machine_arn", "state_machines"])
def test_an_exception_that_nobody_foresaw_is_answered(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, which: str, where: str
) -> None:
    request = requests_of(aws)[which]
    monkeypatch.setattr(receive, where, failing(RuntimeError("a bug")))

    answer = once(aws, request)

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].endswith("RuntimeError: a bug")


@pytest.mark.parametrize(
    "message", [f"cannot open {ADDRESS}", "X-Amz-Signature=secret", "/x?AWSAccessKeyId=A&Signature=secret"]
)
def test_the_address_is_in_no_answer_and_in_no_log(
    aws: SimulatedAws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    message: str,
) -> None:
    monkeypatch.setattr(receive, "start_execution", failing(ValueError(message)))

    answer = once(aws, create(aws))

    assert answer["Reason"].endswith("ValueError")
    assert "secret" not in answer["Reason"]
    assert "secret" not in capsys.readouterr().out


@every_request
def test_an_exception_before_the_execution_is_started_keeps_no_request_from_it(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    request = requests_of(aws)[which]
    monkeypatch.setattr(receive, "_settled", failing(RuntimeError("a bug")))
    aws.send(request)

    assert request["RequestId"] in aws.executions


def test_the_failure_of_a_create_that_was_not_handed_over_can_be_cleaned_up(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.delenv("STATE_MACHINE_ARN")
        failed = once(aws, create(aws))
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(delete(aws, failed["PhysicalResourceId"]))["Status"] == "SUCCESS"


def test_an_execution_that_was_started_without_a_confirmation_leaves_no_job_behind_its_failure(
    aws: SimulatedAws,
) -> None:
    """The entry answers that it could not be started; the Delete finds the job that it has started."""
    aws.sagemaker.script = Script(ends_after=None)
    aws.faults.lose_answer("StartExecution", times=1)
    request = create(aws)
    remaining = iter([0])

    receive.receive(
        request, "arn:aws:lambda:us-east-1:111122223333:function:models-provider", remaining.__next__
    )
    failed = aws.answers[request["RequestId"]][0]
    aws.settle(5)
    assert len(aws.sagemaker.started) == 1
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert failed["Status"] == "FAILED"
    assert aws.carry_out(delete(aws, failed["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize("ended", [True, False], ids=["a job that has ended", "a job that runs"])
def test_an_answer_of_sagemaker_that_lacks_something_is_a_failure_and_not_a_silence(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    aws.sagemaker.script = Script(ends_after=60 if ended else None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    describe = aws.sagemaker.describe_optimization_job

    def strange(*, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        response = describe(OptimizationJobName=OptimizationJobName)
        del response["OutputConfig"]
        return response

    monkeypatch.setattr(aws.sagemaker, "describe_optimization_job", strange)

    answer = aws.carry_out(leg(aws, name))

    assert answer["Status"] == "FAILED"
    assert "KeyError" in answer["Reason"]


@pytest.mark.parametrize("error", [EndpointConnectionError(endpoint_url=ADDRESS)])
def test_a_stack_that_cannot_be_asked_is_asked_by_the_execution(
    aws: SimulatedAws, error: BotoCoreError
) -> None:
    old = deployed(aws)
    left = [error]

    def fail_once(operation: str) -> None:
        if operation == "DescribeStacks" and left:
            raise left.pop()

    aws.faults.before.append(fail_once)

    another = properties(DeploymentInstanceType="ml.g6.xlarge")
    assert aws.carry_out(update(aws, old, properties(), another))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2
