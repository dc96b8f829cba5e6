"""The histories find faults: the function with any of these is caught. A test of the test."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from localcloud.kernel.dialect import Dialect
from optimization_job import advance
from optimization_job.advance import Advancer, Pause, Settled
from optimization_job.cloudformation.request import Request
from optimization_job.cloudformation.response import Response
from optimization_job.deciding import Action, Respond, definition_change, deletion, job, names, physical_id
from optimization_job.deciding.evidence import Clock, Evidence
from optimization_job.deciding.memory import Memory
from optimization_job.errors import CallError, ErrorKind
from optimization_job.sagemaker.job import Job
from optimization_job.sagemaker.versions import Versions
from tests.model.history import Fault, History, Refusal
from tests.model.machine import Histories, ModelHistories, VersionHistories
from tests.simulation import Script
from tests.simulation.cloudformation import JobTemplate
from tests.simulation.faults import client_error

#: Far more than it takes: each of them is usually found within fifty.
_HISTORIES = 2000

Mutation = Callable[[pytest.MonkeyPatch], None]


def forget_adoption(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job, "_converge", job._start)  # noqa: SLF001 - a fault is put in


def answer_a_failed_update_with_the_new_id(patch: pytest.MonkeyPatch) -> None:
    original = physical_id.failed_physical_resource_id

    def new_id(request: Request, memory: Memory | None) -> str:
        wanted = definition_change.change_of(request) if request.is_update else None
        return wanted.name if wanted else original(request, memory)

    patch.setattr(job, "failed_physical_resource_id", new_id)
    patch.setattr(advance, "failed_physical_resource_id", new_id)


def swallow_stopped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Job, "is_completed", property(lambda self: self.status in ("COMPLETED", "STOPPED")))
    patch.setattr(Job, "has_failed", property(lambda self: self.status == "FAILED"))


def name_without_the_logical_id(patch: pytest.MonkeyPatch) -> None:
    original = names.resource_mark
    for module in (names, deletion):
        patch.setattr(
            module, "resource_mark", lambda request: original(replace(request, logical_resource_id=""))
        )


def stop_without_waiting(patch: pytest.MonkeyPatch) -> None:
    original = deletion.end

    def end(ending: Job, evidence: Evidence) -> Action:
        if ending.is_changing:
            return Respond(Response("SUCCESS", ending.name))
        return original(ending, evidence)

    patch.setattr(job, "end", end)
    patch.setattr(deletion, "end", end)


def do_not_look_again_after_starting(patch: pytest.MonkeyPatch) -> None:
    take_every_response_for_one_that_is_taken(patch)
    original = Evidence.goes_forward
    patch.setattr(Evidence, "goes_forward", lambda self: self.memory.created or original(self))


def leave_the_job_of_an_overtaken_update(patch: pytest.MonkeyPatch) -> None:
    take_every_response_for_one_that_is_taken(patch)
    patch.setattr(job, "end_overtaken", lambda *_: None)


def keep_each_model_as_if_it_was_paid_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deletion, "is_paid_for", lambda _: True)


def leave_the_model_of_a_request_that_was_taken_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job, "_may_have_started", lambda *_: False)
    patch.setattr(job, "end_overtaken", lambda *_: None)


def return_to_no_model(patch: pytest.MonkeyPatch) -> None:
    original = job._return  # noqa: SLF001 - a fault is put in

    def end(change: definition_change.Change, evidence: Evidence, found: Job | None) -> Action:
        asked = found and evidence.asked_within(f"Delete {found.name}")
        return deletion.end(found, evidence) if found and not asked else original(change, evidence, found)

    patch.setattr(job, "_return", end)


def create_again_at_once_what_may_be_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Memory, "may_have_created", lambda *_: False)


def leave_the_versions_of_a_name(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Versions, "delete", lambda *_: None)


def take_every_response_for_one_that_is_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Evidence, "is_passed_over", lambda *_: False)


def throw_away_what_was_paid_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deletion, "is_paid_for", lambda _: False)


# What a read does not show is not so.


def believe_the_first_look_that_finds_no_job(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Evidence, "believe_missing", lambda *_: None)


def believe_a_stack_that_seems_to_rest(patch: pytest.MonkeyPatch) -> None:
    _believe_at_once(patch, "the stack is at rest")


def believe_a_tag_that_is_not_there(patch: pytest.MonkeyPatch) -> None:
    _believe_at_once(patch, "the job ")


def look_for_no_job_whose_create_may_be_under_way(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deletion, "IN_FLIGHT", 0)


def ask_again_before_a_call_can_have_an_effect(patch: pytest.MonkeyPatch) -> None:
    original = Evidence.asked_within

    def asked_within(self: Evidence, call: str, seconds: float = math.inf) -> bool:
        return seconds == math.inf and original(self, call)

    patch.setattr(Evidence, "asked_within", asked_within)


def _believe_at_once(patch: pytest.MonkeyPatch, doubt: str) -> None:
    original = Evidence.believe

    def believe(self: Evidence, what: str, seconds: float = 60) -> None:
        original(self, what, 0 if what.startswith(doubt) else seconds)

    patch.setattr(Evidence, "believe", believe)


# What works does so, and in time.


def start_no_job(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job, "_start", lambda asked, _: job._succeed(asked, None))  # noqa: SLF001


def give_up_at_the_first_throttling(patch: pytest.MonkeyPatch) -> None:
    _take_for(patch, ErrorKind.TRANSIENT, ErrorKind.PERMANENT)


def wait_for_what_never_passes(patch: pytest.MonkeyPatch) -> None:
    _take_for(patch, ErrorKind.PERMANENT, ErrorKind.TRANSIENT)


def wait_a_minute_before_anything(patch: pytest.MonkeyPatch) -> None:
    original = Advancer.advance

    def late(self: Advancer, request: Request, memory: Memory, clock: Clock) -> Settled | Pause:
        return original(self, request, memory, clock) if clock() >= 60 else Pause(60, memory)

    patch.setattr(Advancer, "advance", late)


def _take_for(patch: pytest.MonkeyPatch, kind: ErrorKind, wrong: ErrorKind) -> None:
    original = CallError.__init__

    def init(self: CallError, given: ErrorKind, operation: str, message: str) -> None:
        original(self, wrong if given is kind else given, operation, message)

    patch.setattr(CallError, "__init__", init)


@pytest.mark.parametrize(
    ("mutation", "broken"),
    [
        (forget_adoption, None),
        (answer_a_failed_update_with_the_new_id, None),
        (swallow_stopped, None),
        (name_without_the_logical_id, None),
        (stop_without_waiting, None),
        (ask_again_before_a_call_can_have_an_effect, "again and again"),
        (start_no_job, "there is no job|not there|not deployed"),
        (give_up_at_the_first_throttling, None),
        (wait_a_minute_before_anything, "for nothing"),
    ],
)
def test_a_fault_is_found(mutation: Mutation, broken: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    _is_found_in(Histories, mutation, broken, monkeypatch)


@pytest.mark.parametrize(
    ("mutation", "broken"),
    [
        (start_no_job, "a model is missing"),
        (keep_each_model_as_if_it_was_paid_for, "a model is left|leaked while"),
        (leave_the_model_of_a_request_that_was_taken_back, "a model is left|leaked while"),
        (return_to_no_model, "a model is missing|stuck in"),
        (name_without_the_logical_id, "a model is|made"),
        (wait_a_minute_before_anything, "for nothing"),
    ],
)
def test_a_fault_with_models_is_found(
    mutation: Mutation, broken: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _is_found_in(ModelHistories, mutation, broken, monkeypatch)


@pytest.mark.parametrize(
    ("mutation", "broken"),
    [
        (start_no_job, "a model is missing"),
        (keep_each_model_as_if_it_was_paid_for, "a model is left"),
        (
            create_again_at_once_what_may_be_there,
            "there are two of one name|was made 2 times|a model is left",
        ),
        (leave_the_versions_of_a_name, "a model is left|stuck in|the operation goes on for ever"),
    ],
)
def test_a_fault_with_versions_is_found(
    mutation: Mutation, broken: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _is_found_in(VersionHistories, mutation, broken, monkeypatch)


def _is_found_in(
    histories: type[RuleBasedStateMachine],
    mutation: Mutation,
    broken: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
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
    with (
        contextlib.redirect_stdout(io.StringIO()),
        pytest.raises((AssertionError, BaseExceptionGroup), match=broken),
    ):
        run_state_machine_as_test(histories, settings=one_after_another)


def an_update_that_is_cancelled_just_before_its_answer() -> None:
    history = History()
    try:
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=[], mishaps=[])
        cancelled = [Fault(at=8, kind="interrupted")]
        history.deploy({"Llama": JobTemplate(1, legs=0)}, script=Script(), faults=cancelled, mishaps=[])
    finally:
        history.close()


def an_update_that_is_cancelled_during_a_create_of_a_hundred_seconds() -> None:
    history = History()
    try:
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=[], mishaps=[])
        history.aws.faults.meanwhile("CreateOptimizationJob", lambda: history.aws.settle(45))
        cancelled = [Fault(at=5, kind="interrupted")]
        history.deploy({"Llama": JobTemplate(1, legs=0)}, script=Script(), faults=cancelled, mishaps=[])
    finally:
        history.close()


def an_update_that_is_cancelled_when_its_job_has_completed() -> None:
    history = History()
    try:
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=[], mishaps=[])
        cancelled = [Fault(at=20, kind="interrupted")]
        quick = Script(starts_after=1, ends_after=20)
        history.deploy({"Llama": JobTemplate(1, legs=1)}, script=quick, faults=cancelled, mishaps=[])
    finally:
        history.close()


def a_stack_that_is_deleted_after_a_response_was_ignored() -> None:
    history = History(Dialect(deleted_with="properties of the resource"))
    endless = Script(ends_after=None)
    try:
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=[], mishaps=[])
        ignored = [Fault(at=8, kind="interrupted")]
        history.deploy(
            {"Llama": JobTemplate(1, legs=0)}, script=endless, faults=ignored, mishaps=[], rollback=False
        )
        history.delete(faults=[], mishaps=[])
    finally:
        history.close()


def a_create_whose_stack_is_not_seen_at_first() -> None:
    history = History()
    seen, read = [], history.aws.describe_stacks

    def describe_stacks(*, StackName: str) -> dict[str, Any]:  # noqa: N803 - as the API names it
        seen.append(StackName)
        if len(seen) == 1:
            return {"Stacks": [{"StackStatus": "REVIEW_IN_PROGRESS"}]}
        return read(StackName=StackName)

    try:
        history.patches.setattr(history.aws, "describe_stacks", describe_stacks)
        history.deploy({"Llama": JobTemplate()}, script=Script(), faults=[], mishaps=[])
    finally:
        history.close()


def a_chosen_name_whose_tags_come_late() -> None:
    history = History(Dialect(job_read_lag=30))
    aws = history.aws
    until = aws.time + 30

    def late(operation: str) -> None:
        if operation == "ListTags" and aws.time < until:
            raise client_error(operation, "ResourceNotFound", "Could not find optimization job chosen")

    try:
        aws.faults.lose_answer("CreateOptimizationJob")
        aws.faults.before.append(late)
        chosen = JobTemplate(explicit_name="chosen")
        history.deploy({"Llama": chosen}, script=Script(), faults=[], mishaps=[])
    finally:
        history.close()


def a_stack_that_is_deleted_while_a_create_is_under_way() -> None:
    history = History(Dialect(permissions_leave=True))
    try:
        deleted = [Fault(at=4, kind="interrupted")]
        history.deploy({"Llama": JobTemplate(legs=0)}, script=Script(), faults=deleted, mishaps=[])
    finally:
        history.close()


def a_create_that_is_wrong() -> None:
    history = History()
    try:
        wrong = Refusal("ValidationException", "1 validation error detected")
        history.deploy({"Llama": JobTemplate()}, script=Script(), faults=[], mishaps=[], refusal=wrong)
    finally:
        history.close()


def a_create_that_is_throttled() -> None:
    history = History()
    try:
        history.aws.faults.fail("CreateOptimizationJob", "ThrottlingException", "Rate exceeded", times=3)
        history.deploy({"Llama": JobTemplate()}, script=Script(), faults=[], mishaps=[])
    finally:
        history.close()


@pytest.mark.parametrize(
    ("mutation", "history", "broken"),
    [
        (believe_a_stack_that_seems_to_rest, a_create_whose_stack_is_not_seen_at_first, "not deployed"),
        (believe_a_tag_that_is_not_there, a_chosen_name_whose_tags_come_late, "not deployed"),
        (
            believe_the_first_look_that_finds_no_job,
            a_stack_that_is_deleted_while_a_create_is_under_way,
            "leaked",
        ),
        (
            look_for_no_job_whose_create_may_be_under_way,
            a_stack_that_is_deleted_while_a_create_is_under_way,
            "leaked",
        ),
        (give_up_at_the_first_throttling, a_create_that_is_throttled, "not deployed"),
        (wait_for_what_never_passes, a_create_that_is_wrong, "told after"),
        (leave_the_job_of_an_overtaken_update, an_update_that_is_cancelled_just_before_its_answer, "leaked"),
        (
            do_not_look_again_after_starting,
            an_update_that_is_cancelled_during_a_create_of_a_hundred_seconds,
            "leaked",
        ),
        (
            take_every_response_for_one_that_is_taken,
            a_stack_that_is_deleted_after_a_response_was_ignored,
            "run after the deletion",
        ),
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
