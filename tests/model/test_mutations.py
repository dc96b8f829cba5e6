"""The histories find faults: the function with any of these is caught. A test of the test."""

from __future__ import annotations

import contextlib
import dataclasses
import io
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from optimization_job import advance, names
from optimization_job.answer import Answer
from optimization_job.deciding import Action, Respond, change, deletion, identity, job
from optimization_job.job import Job
from optimization_job.request import Request
from tests.model.history import Fault, History
from tests.model.machine import Histories
from tests.simulation import Script
from tests.simulation.cloudformation import JobTemplate

#: Far more than it takes: each of them is usually found within fifty.
_HISTORIES = 2000

Mutation = Callable[[pytest.MonkeyPatch], None]


def forget_adoption(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job, "_converge", job._start)  # noqa: SLF001 - a fault is put in


def answer_a_failed_update_with_the_new_id(patch: pytest.MonkeyPatch) -> None:
    original = identity.failed_physical_resource_id

    def new_id(request: Request) -> str:
        return original(
            dataclasses.replace(request, physical_resource_id=None) if request.is_update else request
        )

    patch.setattr(job, "failed_physical_resource_id", new_id)
    patch.setattr(advance, "failed_physical_resource_id", new_id)


def swallow_stopped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Job, "is_completed", property(lambda self: self.status in ("COMPLETED", "STOPPED")))
    patch.setattr(Job, "has_failed", property(lambda self: self.status == "FAILED"))


def name_without_the_logical_id(patch: pytest.MonkeyPatch) -> None:
    original = names.fingerprint
    for module in (names, change, deletion):
        patch.setattr(module, "fingerprint", lambda stack, _, properties: original(stack, "", properties))


def stop_without_waiting(patch: pytest.MonkeyPatch) -> None:
    original = deletion.end

    def end(ending: Job) -> Action:
        if ending.is_stopping:
            return Respond(Answer("SUCCESS", ending.name))
        return original(ending)

    patch.setattr(job, "end", end)
    patch.setattr(deletion, "end", end)


def do_not_look_again_after_starting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job, "_is_unwanted", lambda *_: False)


def leave_the_job_of_an_overtaken_update(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job, "_end_overtaken", lambda *_: None)


def throw_away_what_was_paid_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deletion, "_is_paid_for", lambda _: False)


@pytest.mark.parametrize(
    "mutation",
    [
        forget_adoption,
        answer_a_failed_update_with_the_new_id,
        swallow_stopped,
        name_without_the_logical_id,
        stop_without_waiting,
    ],
)
def test_a_fault_is_found(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(monkeypatch)
    one_after_another = settings(
        max_examples=_HISTORIES,
        stateful_step_count=6,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(Histories, settings=one_after_another)


def an_update_that_is_cancelled_just_before_its_answer() -> None:
    history = History()
    try:
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=[], mishaps=[])
        cancelled = [Fault(at=8, kind="interrupted")]
        history.deploy({"Llama": JobTemplate(1, legs=0)}, script=Script(), faults=cancelled, mishaps=[])
    finally:
        history.close()


def a_stack_that_is_deleted_just_before_its_job_is_created() -> None:
    history = History()
    try:
        deleted = [Fault(at=4, kind="interrupted")]
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=deleted, mishaps=[])
    finally:
        history.close()


def an_update_that_is_cancelled_when_its_job_has_completed() -> None:
    history = History()
    try:
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=[], mishaps=[])
        cancelled = [Fault(at=16, kind="interrupted")]
        quick = Script(starts_after=1, ends_after=20)
        history.deploy({"Llama": JobTemplate(1, legs=1)}, script=quick, faults=cancelled, mishaps=[])
    finally:
        history.close()


@pytest.mark.parametrize(
    ("mutation", "history", "broken"),
    [
        (leave_the_job_of_an_overtaken_update, an_update_that_is_cancelled_just_before_its_answer, "leaked"),
        (do_not_look_again_after_starting, a_stack_that_is_deleted_just_before_its_job_is_created, "leaked"),
        (throw_away_what_was_paid_for, an_update_that_is_cancelled_when_its_job_has_completed, "paid for"),
    ],
)
def test_a_fault_that_few_histories_meet_is_found_in_the_one_that_showed_it(
    monkeypatch: pytest.MonkeyPatch, mutation: Mutation, history: Callable[[], None], broken: str
) -> None:
    history()
    mutation(monkeypatch)

    with pytest.raises(AssertionError, match=broken):
        history()
