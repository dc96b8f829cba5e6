"""Each obstacle has a clock of its own: another one in between does not restart it, and success clears it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.function.requests import create, delete, leg
from tests.function.stale import refuse_while, stack_seen_as
from tests.simulation import Script, SimulatedAws
from tests.simulation.faults import client_error

DENIED = "is not authorized to perform: sagemaker:CreateOptimizationJob"


def every(n: int) -> Callable[[], bool]:
    """Whether this is every n-th time that it is asked."""
    counter = itertools.count(1)
    return lambda: next(counter) % n == 0


def quota_is_full(aws: SimulatedAws) -> None:
    """Somebody else's job runs for ever, and fills the quota."""
    aws.sagemaker.quota = 1
    aws.sagemaker.script = Script(ends_after=None)
    aws.sagemaker.create_optimization_job(OptimizationJobName="other", StoppingCondition={}, OutputConfig={})


@pytest.mark.parametrize("n", [2, 3])
def test_a_permission_that_is_missing_fails_after_two_minutes_although_another_call_is_throttled_between(
    aws: SimulatedAws, n: int
) -> None:
    refuse_while(aws, "DescribeOptimizationJob", every(n), "ThrottlingException", "Rate exceeded")
    refuse_while(aws, "CreateOptimizationJob", lambda: True, "AccessDeniedException", DENIED)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert DENIED in answer["Reason"]
    assert "the same error after 2 min" in answer["Reason"]
    assert 120 <= aws.time - began <= 150


@pytest.mark.parametrize("n", [2, 4])
def test_a_full_quota_is_waited_for_as_long_as_it_is_set_although_another_call_is_throttled_between(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    monkeypatch.setenv("QUOTA_TIMEOUT", "600")
    quota_is_full(aws)
    refuse_while(aws, "DescribeStacks", every(n), "Throttling", "Rate exceeded")
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "quota was full for 10 min" in answer["Reason"]
    assert 600 <= aws.time - began <= 640


def test_two_obstacles_of_one_call_in_turn_do_not_restart_each_other(aws: SimulatedAws) -> None:
    codes = itertools.cycle(["ThrottlingException", "AccessDeniedException"])
    denied_at: list[float] = []

    def refuse(operation: str) -> None:
        if operation == "CreateOptimizationJob":
            code = next(codes)
            if code == "AccessDeniedException":
                denied_at.append(aws.time)
            raise client_error(operation, code, DENIED)

    aws.faults.before.append(refuse)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "AccessDeniedException" in answer["Reason"]
    assert 120 <= denied_at[-1] - denied_at[0] <= 150


def test_a_permission_that_is_missing_twice_for_a_moment_does_not_fail_a_leg(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=20 * 3600)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.executions.clear()
    began = aws.time
    refuse_while(
        aws,
        "DescribeOptimizationJob",
        lambda: (aws.time - began) % 1500 < 45,
        "AccessDeniedException",
        "is not authorized to perform: sagemaker:DescribeOptimizationJob",
    )

    answer = aws.carry_out(leg(aws, name))

    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["OptimizationJobStatus"] == "INPROGRESS"


def test_a_missing_record_that_was_seen_again_is_looked_for_anew(aws: SimulatedAws) -> None:
    """Two absences of half a minute are not one of a minute."""
    aws.sagemaker.script = Script(ends_after=600)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.executions.clear()
    began = aws.time
    refuse_while(
        aws,
        "DescribeOptimizationJob",
        lambda: (aws.time - began) % 60 < 40,
        "ResourceNotFound",
        "Could not find it",
    )

    assert aws.carry_out(leg(aws, name, Last=True))["Status"] == "SUCCESS"


def test_a_stack_that_seemed_to_rest_is_looked_at_anew_when_it_seems_so_again(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two, minutes apart, it went forward."""
    quota_is_full(aws)
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_COMPLETE"}, reads=[1, 5])
    free = aws.time + 1200
    request = create(aws)
    aws.send(request)
    aws.settle(free - aws.time)
    aws.sagemaker.quota = None

    assert aws.wait_for_answer(request)["Status"] == "SUCCESS"


def test_the_reason_names_what_was_waited_for_and_not_what_happened_last(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quota is full for most of the hour; when the time is up, another call has just been throttled."""
    monkeypatch.setenv("QUOTA_TIMEOUT", "3300")
    quota_is_full(aws)
    began = aws.time
    refuse_while(
        aws,
        "DescribeOptimizationJob",
        lambda: aws.time - began > 3100,
        "ThrottlingException",
        "Rate exceeded",
    )

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "the account's quota was full for" in answer["Reason"]
    assert "Rate exceeded" not in answer["Reason"]
    assert aws.time - began < 3600


def test_the_reason_does_not_name_what_has_been_got_over(aws: SimulatedAws) -> None:
    """The quota was full before the job was started; afterwards nobody could say whether it is wanted."""
    quota_is_full(aws)
    free = aws.time + 1800
    refuse_while(aws, "DescribeStacks", lambda: len(aws.sagemaker.started) == 2, "ServiceUnavailable", "down")
    request = create(aws)
    aws.send(request)
    aws.settle(free - aws.time)
    aws.sagemaker.quota = None

    answer = aws.wait_for_answer(request)

    assert answer["Status"] == "FAILED"
    assert "ServiceUnavailable: down" in answer["Reason"]
    assert "quota" not in answer["Reason"]
    assert aws.sagemaker.running() == ["other"]


def test_a_delete_that_fails_for_a_denial_after_a_conflict_names_the_denial(aws: SimulatedAws) -> None:
    """Its own time is up, and the conflict's is not."""
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"
    began = aws.time
    refuse_while(aws, "StopOptimizationJob", lambda: aws.time < began + 600, "ConflictException", "starting")
    refuse_while(aws, "StopOptimizationJob", lambda: aws.time >= began + 600, "AccessDenied", "no")

    answer = aws.carry_out(delete(aws, name))

    assert answer["Status"] == "FAILED"
    assert "AccessDenied: no (the same error after 2 min" in answer["Reason"]
