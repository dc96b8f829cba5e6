"""The facts that every view shows follow from AWS's descriptions, whichever of two ways AWS tells them."""

from __future__ import annotations

from datetime import datetime

import pytest

from cdk_sagemaker_optimization.watch.look import NOT_CREATED, NOT_FOUND
from tests.constructs.watch.support_watch import at, job, look, stack

_MINUTE = 60


def test_a_job_waits_until_it_has_an_instance_and_runs_from_then_on() -> None:
    running = job()
    assert running.age(at(30)) == 29 * _MINUTE
    assert running.pending_time(at(30)) == 3 * _MINUTE
    assert running.run_time(at(30)) == 26 * _MINUTE


@pytest.mark.parametrize("started", [None, at(1)], ids=["without a start time", "with one"])
def test_a_job_that_is_starting_has_not_run_whatever_its_start_time_is(started: datetime | None) -> None:
    starting = job("STARTING", started=started)
    assert starting.pending_time(at(30)) == 29 * _MINUTE
    assert starting.run_time(at(30)) is None


def test_a_running_job_without_a_start_time_counts_from_its_creation() -> None:
    assert job(started=None).run_time(at(30)) == 29 * _MINUTE
    assert job(started=None).pending_time(at(30)) is None


def test_an_ended_job_does_not_grow_older() -> None:
    ended = job("COMPLETED", ended=at(24))
    assert (ended.age(at(99)), ended.run_time(at(99))) == (23 * _MINUTE, 20 * _MINUTE)


def test_a_job_that_never_got_an_instance_waited_until_its_end() -> None:
    stopped = job("STOPPED", started=None, ended=at(61))
    assert stopped.pending_time(at(99)) == 60 * _MINUTE
    assert stopped.run_time(at(99)) is None


def test_a_clock_that_is_slow_makes_no_time_negative() -> None:
    assert job().run_time(at(0)) == 0


@pytest.mark.parametrize(
    ("status", "running", "failed"),
    [
        ("STARTING", True, False),
        ("INPROGRESS", True, False),
        ("STOPPING", True, False),
        ("DELETING", True, False),
        ("COMPLETED", False, False),
        ("FAILED", False, True),
        ("STOPPED", False, True),
        (NOT_CREATED, False, False),
        (NOT_FOUND, False, False),
    ],
)
def test_a_status_says_whether_a_job_runs_or_failed(status: str, running: bool, failed: bool) -> None:
    assert (job(status).is_running, job(status).has_failed) == (running, failed)


@pytest.mark.parametrize(
    ("stack_status", "job_status", "at_rest", "failed"),
    [
        ("CREATE_IN_PROGRESS", "INPROGRESS", False, False),
        ("CREATE_COMPLETE", "INPROGRESS", False, False),
        ("CREATE_COMPLETE", "COMPLETED", True, False),
        ("CREATE_COMPLETE", "FAILED", True, True),
        ("ROLLBACK_IN_PROGRESS", "FAILED", False, True),
        ("UPDATE_ROLLBACK_COMPLETE", "COMPLETED", True, True),
        ("UPDATE_FAILED", "COMPLETED", True, True),
        ("DELETE_COMPLETE", "COMPLETED", True, False),
        ("REVIEW_IN_PROGRESS", "COMPLETED", True, False),
    ],
)
def test_a_look_says_whether_to_look_again_and_whether_something_failed(
    stack_status: str, job_status: str, at_rest: bool, failed: bool
) -> None:
    seen = look(stack(stack_status, job(job_status)))
    assert (seen.is_at_rest, seen.has_failed) == (at_rest, failed)


def test_a_look_that_aws_refused_or_at_an_account_that_is_busy_is_not_the_last() -> None:
    assert not look(problem="throttled").is_at_rest
    assert not look(others_in_progress=True).is_at_rest
    assert look().is_at_rest


def test_a_job_that_was_created_a_moment_ago_and_is_not_seen_yet_is_looked_for_again() -> None:
    unseen = stack("CREATE_COMPLETE", job(NOT_FOUND, updated=at(29.5)))
    assert not look(unseen, minutes=30).is_at_rest
    assert look(unseen, minutes=31).is_at_rest
