"""No execution that looks at a job comes to the end of the history that Step Functions keeps."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from optimization_job.tracking.history import (
    ATTEMPT,
    LONG,
    LOST_PASS,
    LOST_PASS_SECONDS,
    PASS,
    RETRIES,
    History,
)
from tests.function.requests import create, properties
from tests.simulation import Script, SimulatedAws

_LONGEST = 25_000
_HOUR, _DAY = 3_600, 86_400
_DEFINITION = Path(__file__).parents[3] / (
    "constructs/cdk_sagemaker_optimization/provider/state_machine.asl.json"
)
_NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def _states() -> dict[str, Any]:
    states: dict[str, Any] = json.loads(_DEFINITION.read_text())["States"]
    return states


# --- the arithmetic -----------------------------------------------------------------------------------------


def test_a_task_is_not_retried_more_often_than_is_counted() -> None:
    assert sum(retrier["MaxAttempts"] for retrier in _states()["Step"]["Retry"]) == RETRIES


def test_a_pass_goes_through_no_more_states_than_are_counted() -> None:
    entered_and_left = 2
    attempt = ["TaskScheduled", "TaskStarted", "TaskSucceeded or TaskFailed"]
    assert len(attempt) == ATTEMPT
    usual, lost = ["Step", "WhatNext", "Wait", "GoOn"], ["Step", "WhatFailed", "TryLater"]
    assert {*usual, *lost} <= set(_states())
    assert entered_and_left * len(usual) + ATTEMPT == PASS
    assert entered_and_left * len(lost) + ATTEMPT * (RETRIES + 1) == LOST_PASS
    assert _states()["TryLater"] == {"Type": "Wait", "Seconds": LOST_PASS_SECONDS, "Next": "Step"}


def test_an_execution_that_hands_over_has_room_for_hours_without_the_function() -> None:
    # A pass that is not long yet, and is followed by one with all its retries.
    last = LONG - 1 + PASS + ATTEMPT * RETRIES
    assert last < _LONGEST / 2
    # At the worst, no attempt of no retrier waits, and Lambda denies, throttles and fails in each pass.
    assert (_LONGEST - last) // LOST_PASS * LOST_PASS_SECONDS > 4 * _HOUR
    # If Lambda throttles, the delays between the attempts count, too. Chance halves each of them.
    (throttled,) = [
        each
        for each in _states()["Step"]["Retry"]
        if "Lambda.TooManyRequestsException" in each["ErrorEquals"]
    ]
    attempts = throttled["MaxAttempts"]
    delays = [
        min(throttled["MaxDelaySeconds"], throttled["IntervalSeconds"] * 2**n) / 2 for n in range(attempts)
    ]
    passes = (_LONGEST - last) // (6 + ATTEMPT * (attempts + 1))
    assert passes * (LOST_PASS_SECONDS + sum(delays)) > _DAY


@pytest.mark.parametrize(
    ("retries", "late", "events"),
    [
        (0, -60, PASS),
        (0, 0, PASS),
        (7, 0, PASS + 7 * ATTEMPT),
        (0, 299, PASS),
        (0, 300, PASS + LOST_PASS),
        (89, 3_000, PASS + 89 * ATTEMPT + 10 * LOST_PASS),
    ],
)
def test_a_pass_counts_its_retries_and_those_before_it_in_which_the_function_did_not_run(
    retries: int, late: int, events: int
) -> None:
    history = History(5).until(_NOW, 60)
    after = history.after_pass(_NOW + timedelta(seconds=60 + late), retries)
    assert after.events == 5 + events


def test_the_first_look_is_never_late() -> None:
    assert History().after_pass(_NOW, 0) == History(PASS)


def test_an_execution_hands_over_as_soon_as_its_history_is_long() -> None:
    assert [History(events).is_long for events in (LONG - 1, LONG)] == [False, True]


@pytest.mark.parametrize("state", [None, {}, {"events": 7}, {"events": 7, "due": _NOW.isoformat()}])
def test_the_history_survives_in_the_state(state: dict[str, object] | None) -> None:
    known = state or {}
    assert History.from_state(state) == History(known.get("events", 0), known.get("due", ""))  # type: ignore[arg-type]


# --- executions under heavy throttling ----------------------------------------------------------------------


def _all_but(one_in: int) -> Callable[[], bool]:
    """Lambda takes only one in so many invocations."""
    numbers = itertools.count(1)
    return lambda: next(numbers) % one_in != 0


@pytest.mark.parametrize("one_in", [2, 40, 60, 150])
@pytest.mark.promise("Nothing leaks: Lambda throttles each look at a job of days many times")
def test_a_job_of_days_in_a_pipeline_ends_as_it_should_however_often_each_look_is_throttled(
    aws: SimulatedAws, one_in: int
) -> None:
    aws.throttles = _all_but(one_in)
    aws.sagemaker.script = Script(ends_after=5 * _DAY)
    aws.begin_state("token", properties(StoppingCondition={"MaxRuntimeInSeconds": 28 * _DAY}))

    aws.settle(6 * _DAY)

    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"
    assert aws.failed_executions == []


@pytest.mark.parametrize("one_in", [40, 60])
def test_the_end_of_a_job_of_days_is_told_however_often_each_look_is_throttled(
    aws: SimulatedAws, one_in: int
) -> None:
    name = aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 28 * _DAY}))[
        "PhysicalResourceId"
    ]
    aws.sagemaker.script = Script(ends_after=5 * _DAY)
    aws.throttles = _all_but(one_in)

    aws.settle(6 * _DAY)

    assert aws.events.statuses(name)[-1] == "COMPLETED"
    assert aws.failed_executions == []


def test_a_pipeline_goes_on_after_a_day_in_which_lambda_ran_no_function(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=5 * _DAY)
    aws.begin_state("token", properties(StoppingCondition={"MaxRuntimeInSeconds": 28 * _DAY}))
    aws.settle(12 * _HOUR)
    over = aws.time + _DAY
    aws.throttles = lambda: aws.time < over

    aws.settle(6 * _DAY)

    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"
    assert aws.failed_executions == []
