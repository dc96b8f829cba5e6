"""How long each obstacle is waited for, and how often it is tried meanwhile."""

from __future__ import annotations

import pytest

from optimization_job.memo import Memo
from optimization_job.obstacles import Obstacle, QuotaQueue, give_up_after, how_long
from optimization_job.trouble import Kind, TroubleError

#: What passes by itself: the seconds that it is waited for, and the least and the most between two tries.
WAITED_FOR = {
    Kind.TRANSIENT: (3480, 5, 20),
    Kind.QUOTA: (3000, 60, 120),
    Kind.PERMISSION: (120, 5, 10),
    Kind.CONFLICT: (120, 5, 10),
    Kind.NAME_TAKEN: (300, 5, 10),
}

QUEUE = QuotaQueue()


def obstacle(kind: Kind) -> Obstacle:
    return Obstacle.of(TroubleError(kind, "CreateOptimizationJob", "the API's own words"))


def patience(kind: Kind, memo: Memo, elapsed: float) -> float:
    return how_long(kind, memo, elapsed, QUEUE)


@pytest.mark.parametrize("kind", WAITED_FOR)
def test_what_passes_is_waited_for_as_long_as_it_may_take(kind: Kind) -> None:
    assert patience(kind, Memo(), 0) == WAITED_FOR[kind][0]
    assert patience(kind, Memo(), 30) == WAITED_FOR[kind][0] - 30


@pytest.mark.parametrize("kind", [kind for kind in WAITED_FOR if kind is not Kind.TRANSIENT])
def test_the_time_of_an_obstacle_runs_from_when_it_was_met(kind: Kind) -> None:
    assert patience(kind, Memo(obstacle_since=100), 130) == WAITED_FOR[kind][0] - 30


@pytest.mark.parametrize("kind", [kind for kind in WAITED_FOR if kind is not Kind.TRANSIENT])
def test_nothing_is_waited_for_past_the_time_to_answer(kind: Kind) -> None:
    assert patience(kind, Memo(obstacle_since=3290), 3290) == 10
    assert patience(kind, Memo(obstacle_since=3290, abandoned="the stack turned back"), 3290) == min(
        WAITED_FOR[kind][0], 190
    )


def test_an_api_that_does_not_answer_is_asked_until_the_last_moment() -> None:
    assert patience(Kind.TRANSIENT, Memo(obstacle_since=3000), 3400) == 80
    assert patience(Kind.TRANSIENT, Memo(), 3480) == 0


def test_a_job_that_must_end_is_seen_to_a_little_longer() -> None:
    assert (give_up_after(Memo()), give_up_after(Memo(abandoned="the stack turned back"))) == (3300, 3480)


@pytest.mark.parametrize("kind", [Kind.PERMANENT, Kind.NOT_FOUND])
def test_what_stays_is_not_waited_for(kind: Kind) -> None:
    assert patience(kind, Memo(), 0) == 0


@pytest.mark.parametrize("kind", WAITED_FOR)
def test_the_pauses_of_many_who_wait_are_spread(kind: Kind) -> None:
    _, shortest, longest = WAITED_FOR[kind]
    assert [obstacle(kind).pause(3480, QUEUE, chance) for chance in (0, 0.5, 1)] == [
        shortest,
        (shortest + longest) // 2,
        longest,
    ]


def test_the_last_pause_ends_with_the_patience() -> None:
    assert obstacle(Kind.QUOTA).pause(30, QUEUE, 1) == 30
    assert obstacle(Kind.QUOTA).pause(0.5, QUEUE, 1) == 1


def test_only_the_queue_for_a_quota_is_as_long_and_as_spread_as_it_is_set() -> None:
    queue = QuotaQueue(timeout=1200, jitter=300)

    assert how_long(Kind.QUOTA, Memo(), 0, queue) == 1200
    assert [obstacle(Kind.QUOTA).pause(1200, queue, chance) for chance in (0, 0.5, 1)] == [60, 210, 360]
    for kind in WAITED_FOR.keys() - {Kind.QUOTA}:
        assert how_long(kind, Memo(), 0, queue) == WAITED_FOR[kind][0]
        assert obstacle(kind).pause(3480, queue, 1) == WAITED_FOR[kind][2]


def test_another_obstacle_has_its_own_time() -> None:
    names = {
        Obstacle.of(TroubleError(kind, operation, "")).name
        for kind in WAITED_FOR
        for operation in ("CreateOptimizationJob", "DescribeStacks")
    }
    assert len(names) == 2 * len(WAITED_FOR)


def test_a_failure_says_the_apis_own_words_and_what_was_waited_for() -> None:
    assert obstacle(Kind.PERMANENT).failure("llama", 0) == "the API's own words"
    assert obstacle(Kind.TRANSIENT).failure("llama", 60) == "the API's own words"
    assert obstacle(Kind.PERMISSION).failure("llama", 0) == "the API's own words"
    assert obstacle(Kind.PERMISSION).failure("llama", 1).startswith("the API's own words (still so after 1 s")
    assert "the account's quota was full for 50 min (the API's own words)" in obstacle(Kind.QUOTA).failure(
        "llama", 3000
    )
