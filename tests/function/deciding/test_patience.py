"""How long each obstacle is waited for, and how often it is tried meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from optimization_job.cloudformation.request import Request
from optimization_job.deciding.memory import Memory
from optimization_job.deciding.patience import (
    QuotaQueue,
    failure,
    give_up_after,
    how_long,
    last_call,
    name_of,
    out_of_time,
    pause,
)
from optimization_job.errors import CallError, ErrorKind
from tests.function.requests import create
from tests.simulation import SimulatedAws

#: What passes by itself: the seconds that it is waited for, and the least and the most between two tries.
WAITED_FOR = {
    ErrorKind.TRANSIENT: (3480, 5, 20),
    ErrorKind.QUOTA: (3000, 60, 120),
    ErrorKind.PERMISSION: (120, 5, 10),
    ErrorKind.NAME_TAKEN: (300, 5, 10),
    ErrorKind.NOT_FOUND: (60, 5, 10),
    ErrorKind.CONFLICT: (3300, 5, 10),
}

#: Those that have a time of their own, which ends before that of the request.
WITH_A_TIME = [kind for kind in WAITED_FOR if kind not in (ErrorKind.TRANSIENT, ErrorKind.CONFLICT)]

QUEUE = QuotaQueue()


def trouble(kind: ErrorKind, operation: str = "CreateOptimizationJob", message: str = "") -> CallError:
    return CallError(kind, operation, message or "the API's own words")


def request(**changes: Any) -> Request:
    return Request.parse(create(SimulatedAws(), **changes))


def patience(
    kind: ErrorKind, elapsed: float, *, met: float = 0, queue: QuotaQueue = QUEUE, **memory: Any
) -> float:
    """Seconds that an obstacle which was met some seconds after the request is still waited for."""
    remembered = Memory(**memory).met(name_of(trouble(kind)), met)
    return how_long(trouble(kind), request(), remembered, elapsed, queue)


@pytest.mark.parametrize("kind", WAITED_FOR)
def test_what_passes_is_waited_for_as_long_as_it_may_take(kind: ErrorKind) -> None:
    assert patience(kind, 0) == WAITED_FOR[kind][0]
    assert patience(kind, 30) == WAITED_FOR[kind][0] - 30


@pytest.mark.parametrize("kind", WITH_A_TIME)
def test_the_time_of_an_obstacle_runs_from_when_it_was_met(kind: ErrorKind) -> None:
    assert patience(kind, 130, met=100) == WAITED_FOR[kind][0] - 30


@pytest.mark.parametrize("kind", [*WITH_A_TIME, ErrorKind.CONFLICT])
def test_nothing_is_waited_for_past_the_time_to_answer(kind: ErrorKind) -> None:
    assert patience(kind, 3290, met=3290) == 10
    assert patience(kind, 3290, met=3290, abandoned="the stack turned back") == min(WAITED_FOR[kind][0], 190)


def test_an_api_that_does_not_answer_is_asked_until_the_last_moment() -> None:
    assert patience(ErrorKind.TRANSIENT, 3400, met=3000) == 80
    assert patience(ErrorKind.TRANSIENT, 3480) == 0


def test_a_job_that_must_end_is_seen_to_a_little_longer() -> None:
    abandoned = Memory(abandoned="the stack turned back")
    assert (give_up_after(request(), Memory()), give_up_after(request(), abandoned)) == (3300, 3480)


def test_a_shorter_service_timeout_shortens_every_patience_in_its_measure() -> None:
    short = request(ServiceTimeout=600)

    assert (give_up_after(short, Memory()), last_call(short)) == (540, 540)
    for kind in (ErrorKind.CONFLICT, ErrorKind.QUOTA):
        memory = Memory().met(name_of(trouble(kind)), 0)
        assert how_long(trouble(kind), short, memory, 100, QUEUE) == 440
    assert how_long(trouble(ErrorKind.TRANSIENT), short, Memory(), 100, QUEUE) == 440


def test_half_an_hour_has_two_minutes_for_calls_that_take_long() -> None:
    short = request(ServiceTimeout=1800)
    assert (give_up_after(short, Memory()), last_call(short)) == (1650, 1680)


def test_what_stays_is_not_waited_for() -> None:
    assert patience(ErrorKind.PERMANENT, 0) == 0


def test_pauses_are_spread_so_that_many_who_wait_do_not_come_together() -> None:
    for kind, (_, shortest, longest) in WAITED_FOR.items():
        pauses = [pause(kind, 3480, QUEUE, chance) for chance in (0, 0.5, 1)]
        assert pauses == [shortest, (shortest + longest) // 2, longest]


def test_the_last_pause_ends_with_the_patience() -> None:
    assert pause(ErrorKind.QUOTA, 30, QUEUE, 1) == 30
    assert pause(ErrorKind.QUOTA, 0.5, QUEUE, 1) == 1


def test_only_the_queue_for_a_quota_is_as_long_and_as_spread_as_it_is_set() -> None:
    queue = QuotaQueue(timeout=1200, jitter=300)

    assert patience(ErrorKind.QUOTA, 0, queue=queue) == 1200
    assert [pause(ErrorKind.QUOTA, 1200, queue, chance) for chance in (0, 0.5, 1)] == [60, 210, 360]
    for kind in WAITED_FOR.keys() - {ErrorKind.QUOTA}:
        assert patience(kind, 0, queue=queue) == WAITED_FOR[kind][0]
        assert pause(kind, 3480, queue, 1) == WAITED_FOR[kind][2]


def test_another_obstacle_has_its_own_time() -> None:
    names = {
        name_of(trouble(kind, operation))
        for kind in WAITED_FOR
        for operation in ("CreateOptimizationJob", "DescribeStacks")
    }
    assert len(names) == 2 * len(WAITED_FOR)


def reason(kind: ErrorKind, elapsed: float, memory: Memory | None = None) -> str:
    """Why a request fails at an obstacle that was met when the request came."""
    met = (memory or Memory()).met(name_of(trouble(kind)), 0, str(trouble(kind)))
    return failure(trouble(kind), met, QUEUE, "llama", elapsed)


def test_a_failure_says_the_apis_own_words_and_what_was_waited_for() -> None:
    assert reason(ErrorKind.PERMANENT, 0) == "the API's own words"
    assert reason(ErrorKind.TRANSIENT, 60) == "the API's own words"
    assert reason(ErrorKind.PERMISSION, 0) == "the API's own words"
    assert reason(ErrorKind.PERMISSION, 120).startswith("the API's own words (the same error after 2 min")
    assert "the account's quota was full for 50 min (the API's own words)" in reason(ErrorKind.QUOTA, 3000)


def test_a_failure_for_want_of_time_names_what_was_waited_for_longest() -> None:
    quota, throttled = (
        trouble(ErrorKind.QUOTA),
        trouble(ErrorKind.TRANSIENT, "DescribeStacks", "Rate exceeded"),
    )
    memory = Memory().met(name_of(quota), 900, "full").met(name_of(throttled), 3400, "Rate exceeded")

    said = failure(throttled, memory, QUEUE, "llama", 3480)

    assert "the account's quota was full for 43 min (full)" in said
    assert "Rate exceeded" not in said


def test_a_request_that_runs_out_of_time_between_two_tries_names_what_was_waited_for() -> None:
    full = Memory().met(name_of(trouble(ErrorKind.QUOTA)), 0, "full")

    assert "the account's quota was full for 55 min (full)" in out_of_time("a job", full, "llama", 3300)
    assert out_of_time("a job", Memory(), "llama", 3300).startswith("gave up after 55 min: a job. Try")


def test_a_failure_at_an_obstacle_whose_own_time_is_up_names_that_one() -> None:
    quota, denied = trouble(ErrorKind.QUOTA), trouble(ErrorKind.PERMISSION, "DescribeStacks", "no")
    memory = Memory().met(name_of(quota), 0, "full").met(name_of(denied), 1000, "no")

    assert failure(denied, memory, QUEUE, "llama", 1120).startswith("no (the same error after 2 min")


def test_a_permanent_failure_is_told_whatever_was_waited_for_before() -> None:
    wrong = trouble(ErrorKind.PERMANENT, message="no such model")
    memory = (
        Memory().met(name_of(trouble(ErrorKind.QUOTA)), 0, "full").met(name_of(wrong), 900, "no such model")
    )

    assert failure(wrong, memory, QUEUE, "llama", 900) == "no such model"
