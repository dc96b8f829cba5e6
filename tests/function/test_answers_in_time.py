"""Every answer comes while CloudFormation waits for it, however long a step had to wait itself."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from optimization_job import advance
from tests.function.requests import create, delete, leg
from tests.function.stale import refuse_while
from tests.simulation import Script, SimulatedAws
from tests.simulation.state_machine import TaskFailedError

INVENTED = "models-Llama3-1ABCDEFGHIJK"


def running(aws: SimulatedAws) -> str:
    """The name of a job that runs for ever; nobody follows it."""
    aws.sagemaker.script = Script(ends_after=None)
    name: str = aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 86400}))[
        "PhysicalResourceId"
    ]
    aws.executions.clear()
    return name


def seconds_of(aws: SimulatedAws, request: dict[str, Any]) -> float:
    """How long CloudFormation waits for the response."""
    began = aws.time
    aws.carry_out(request)
    return aws.time - began


def steps_meet(monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws, fault: Callable[[float], None]) -> None:
    """Each step of a request meets this before it runs, so many seconds from now."""
    invoke, began = aws._invoke, aws.time  # noqa: SLF001 - what Step Functions calls

    def meet(function_name: str, payload: dict[str, Any]) -> Any:
        if payload.get("Step") == "advance":
            fault(aws.time - began)
        return invoke(function_name, payload)

    monkeypatch.setattr(aws, "_invoke", meet)


def test_a_step_that_waits_for_concurrency_knows_how_late_it_is(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state was entered long before the function ran."""
    name = running(aws)

    def throttled(elapsed: float) -> None:
        if 2990 <= elapsed < 3310:
            raise TaskFailedError("Lambda.TooManyRequestsException", "Rate Exceeded")

    steps_meet(monkeypatch, aws, throttled)

    assert seconds_of(aws, leg(aws, name, PollInterval=600)) < 3600


def test_steps_that_hang_are_given_up_in_time(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    name = running(aws)
    for retrier in aws.definition["States"]["Step"]["Retry"]:
        # What States Language means where a definition says nothing.
        retrier.update({"IntervalSeconds": 1, "BackoffRate": 2.0, **retrier})

    def hangs(elapsed: float) -> None:
        if elapsed >= 2900:
            aws.time += 120
            raise TaskFailedError("States.Timeout", "")

    steps_meet(monkeypatch, aws, hangs)
    request = leg(aws, name)

    assert seconds_of(aws, request) < 3600
    assert aws.answers[request["RequestId"]][0]["Status"] == "FAILED"


def test_an_api_that_hangs_at_the_end_is_answered_in_time(aws: SimulatedAws) -> None:
    name, began = running(aws), aws.time

    def hangs(operation: str) -> None:
        if operation == "DescribeOptimizationJob" and aws.time - began > 3200:
            aws.time += 48
            raise ReadTimeoutError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com")

    aws.faults.before.append(hangs)

    assert seconds_of(aws, leg(aws, name)) < 3600


def test_a_create_whose_every_call_hangs_is_answered_in_time(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it has started its job is not known, so it looks for that until its time is up."""
    # With this pause one look comes in the last seconds in which there is time for one.
    monkeypatch.setattr(advance, "pause", lambda _kind, patience, *_: min(7, patience))
    began: list[float] = []

    def hangs(operation: str) -> None:
        if operation == "CreateOptimizationJob" or (operation == "DescribeOptimizationJob" and began):
            began.append(aws.time)
            aws.time += 48
            raise ReadTimeoutError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com")

    aws.faults.before.append(hangs)
    request, sent = create(aws), aws.time

    answer = aws.carry_out(request)

    assert answer["Status"] == "FAILED"
    assert aws.answered_at[request["RequestId"]] - sent < 3600


# A shorter ServiceTimeout.


@pytest.mark.parametrize("timeout", [60, 600, 3000])
@pytest.mark.parametrize("interval", [30, 600])
def test_a_leg_hands_over_before_its_service_timeout(aws: SimulatedAws, timeout: int, interval: int) -> None:
    """An aspect may set one."""
    name = running(aws)
    request = leg(aws, name, ServiceTimeout=timeout, PollInterval=interval)

    assert timeout * 0.8 <= seconds_of(aws, request) < timeout
    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"


@pytest.mark.parametrize("timeout", [60, 600])
def test_the_last_leg_fails_before_its_service_timeout(aws: SimulatedAws, timeout: int) -> None:
    name = running(aws)
    request = leg(aws, name, ServiceTimeout=timeout, Last=True)

    assert seconds_of(aws, request) < timeout
    assert "Raise the timeout of Completion.wait()" in aws.answers[request["RequestId"]][0]["Reason"]


@pytest.mark.parametrize("timeout", [60, 600])
def test_a_create_that_waits_fails_before_its_service_timeout(aws: SimulatedAws, timeout: int) -> None:
    aws.sagemaker.quota = 1
    running(aws)
    request = create(aws, ServiceTimeout=timeout) | {"LogicalResourceId": "Second"}

    assert seconds_of(aws, request) < timeout
    assert "the account's quota was full for" in aws.answers[request["RequestId"]][0]["Reason"]
    assert len(aws.sagemaker.started) == 1


@pytest.mark.parametrize("code", ["ServiceUnavailable", "ConflictException"])
@pytest.mark.parametrize("timeout", [60, 600])
def test_a_delete_that_waits_fails_before_its_service_timeout(
    aws: SimulatedAws, timeout: int, code: str
) -> None:
    name = running(aws)
    aws.stack_status = "DELETE_IN_PROGRESS"
    refuse_while(aws, "StopOptimizationJob", lambda: True, code, "no")
    request = delete(aws, name, ServiceTimeout=timeout)

    assert seconds_of(aws, request) < timeout
    assert aws.answers[request["RequestId"]][0]["Status"] == "FAILED"


def test_a_delete_without_the_time_to_look_long_enough_says_so_instead_of_lying(aws: SimulatedAws) -> None:
    """Whether a create that was cancelled has started a job, shows in three minutes."""
    aws.stack_status = "DELETE_IN_PROGRESS"
    request = delete(aws, INVENTED, ServiceTimeout=60)

    assert seconds_of(aws, request) < 60
    answer = aws.answers[request["RequestId"]][0]
    assert answer["Status"] == "FAILED"
    assert "there is no job models--llama3-" in answer["Reason"]
    assert "Try the same operation of the stack again" in answer["Reason"]


@pytest.mark.parametrize("timeout", ["0", "3601", "soon", "", "\u0661"])
def test_a_service_timeout_that_cloudformation_does_not_know_is_an_hour(
    aws: SimulatedAws, timeout: str
) -> None:
    name = running(aws)
    assert 3300 <= seconds_of(aws, leg(aws, name, ServiceTimeout=timeout)) < 3600


# Pauses.


@pytest.mark.parametrize("interval", [30, 300, 301, 600, 3300])
def test_no_pause_is_longer_than_five_minutes_and_no_look_comes_before_its_interval(
    aws: SimulatedAws, interval: int
) -> None:
    """A state machine that is deleted ends its executions at their next transition only."""
    name = running(aws)
    request = leg(aws, name, PollInterval=interval)
    looks: list[float] = []
    aws.faults.before.append(
        lambda operation: looks.append(aws.time) if operation == "DescribeOptimizationJob" else None
    )
    aws.send(request)
    execution = aws.executions[request["RequestId"]]
    pauses = []
    while request["RequestId"] not in aws.answers:
        entered = aws.time
        assert aws.step(aws.time + 3600)
        pauses.append(execution.wakes_at - max(entered, aws.time))

    assert max(pause for pause in pauses if pause != float("inf")) <= 300
    distances = [later - earlier for earlier, later in pairwise(looks)]
    assert all(distance in (0, interval) for distance in distances[:-1])
    assert len(looks) <= 3300 / interval + 3


def test_a_long_spread_of_those_who_wait_for_a_quota_is_kept_in_shorter_pauses(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTA_JITTER", "3600")
    aws.sagemaker.quota = 1
    running(aws)
    request = create(aws) | {"LogicalResourceId": "Second"}
    aws.send(request)
    execution = aws.executions[request["RequestId"]]
    while request["RequestId"] not in aws.answers:
        assert aws.step(aws.time + 3600)
        assert execution.wakes_at == float("inf") or execution.wakes_at - aws.time <= 300

    assert aws.sagemaker.calls.count("CreateOptimizationJob") < 20
