"""The promises hold under every interleaving that can be generated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localcloud.kernel.dialect import Dialect
from tests.model.history import Fault, History, Mishap
from tests.model.machine import (
    NEARLY_USUAL,
    PAUSES,
    WAYS,
    Histories,
    ModelHistories,
    VersionHistories,
)
from tests.simulation import Script
from tests.simulation.cloudformation import AnyTemplate, JobTemplate, ModelTemplate, VersionTemplate

#: Histories in every run of the tests; `make soak` sets more.
_HISTORIES = int(os.environ.get("HISTORIES", "2000"))

#: A model has fewer ways to go wrong than a job.
_MODELS = _HISTORIES // 5

FOR_EVER = Script(ends_after=None)

TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=_HISTORIES,
    # The first says in which dialect.
    stateful_step_count=6,
    deadline=None,
    # The same histories in every run of the tests, so that a change is judged by itself; new ones in a soak.
    derandomize="HISTORIES" not in os.environ,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)

TestModelHistories = ModelHistories.TestCase
TestModelHistories.settings = settings(TestHistories.settings, max_examples=_MODELS)

TestVersionHistories = VersionHistories.TestCase
TestVersionHistories.settings = TestModelHistories.settings


@dataclass(frozen=True)
class Cancelled:
    """An update that fails because something else does, at one of its calls (0: that succeeds), and the
    seconds until the next one.
    """

    definition: int
    at: int
    rollback: bool
    pause: float


CANCELLED = st.builds(
    Cancelled, definition=st.integers(1, 2), at=st.integers(0, 14), rollback=st.booleans(), pause=PAUSES
)


@settings(TestModelHistories.settings, max_examples=_MODELS)
@given(
    dialect=NEARLY_USUAL,
    call_time=st.sampled_from([0.1, 0.3, 1]),
    cancelled=st.lists(CANCELLED, min_size=1, max_size=3),
    definition=st.integers(0, 2),
)
@example(dialect=Dialect(), call_time=0.1, cancelled=[Cancelled(1, 6, True, 75)], definition=1)
@example(
    dialect=Dialect(),
    call_time=0.1,
    cancelled=[Cancelled(2, 1, False, 10), Cancelled(1, 4, False, 10), Cancelled(2, 2, False, 10)],
    definition=2,
)
@example(
    dialect=Dialect(stack_read_lag=2, job_read_lag=2),
    call_time=0.1,
    cancelled=[Cancelled(2, 4, False, 10), Cancelled(1, 11, False, 40)],
    definition=1,
)
def test_a_deployment_has_its_job_however_soon_it_follows_others_that_were_cancelled(
    dialect: Dialect, call_time: float, cancelled: list[Cancelled], definition: int
) -> None:
    history = History(dialect, call_time)
    try:
        deploy(history, JobTemplate(legs=0))
        for update in cancelled:
            # What was kept is nothing to go back to.
            is_kept = history.stack is not None and history.stack.kept_failures
            history.deploy(
                {"Llama": JobTemplate(update.definition, legs=0)},
                script=FOR_EVER,
                faults=[Fault(update.at, "interrupted")] if update.at else [],
                mishaps=[],
                rollback=update.rollback and not is_kept,
                pause=update.pause,
            )
        deploy(history, JobTemplate(definition, legs=0), FOR_EVER)
        assert history.stack is not None
        name = history.stack.resources["Llama"].physical_id or ""
        assert history.stack.status == "UPDATE_COMPLETE"
        assert history.aws.sagemaker.jobs[name].status(history.aws.time) in ("INPROGRESS", "COMPLETED")
        assert set(history.aws.sagemaker.running()) <= {name}
        history.delete(faults=[], mishaps=[])
    finally:
        history.close()


@pytest.mark.parametrize("template", [ModelTemplate, VersionTemplate])
@pytest.mark.parametrize("at", range(4, 9))
@pytest.mark.parametrize("pause", [10, 40])
def test_a_model_is_there_however_soon_its_update_follows_one_that_was_cancelled(
    template: Callable[[int], AnyTemplate], at: int, pause: float
) -> None:
    history = History(Dialect(stack_read_lag=2, job_read_lag=2), call_time=1)
    cancelled = [Fault(at, "interrupted")]
    try:
        history.deploy({"Llama": template(0)}, script=Script(), faults=[], mishaps=[])
        history.deploy({"Llama": template(1)}, script=Script(), faults=cancelled, mishaps=[], pause=pause)
        history.deploy({"Llama": template(1)}, script=Script(), faults=[], mishaps=[])
        history.delete(faults=[], mishaps=[])
    finally:
        history.close()


@pytest.mark.parametrize("at", [1, 4, 6])
def test_a_version_is_registered_once_however_soon_its_update_follows_one_that_was_kept(at: int) -> None:
    """Reads of the registry are half a minute old, so neither update sees what the other one does."""
    history = History(Dialect(job_read_lag=30), call_time=1)
    second: dict[str, AnyTemplate] = {"Llama": VersionTemplate(1)}
    cancelled = [Fault(at, "interrupted")]
    try:
        history.deploy({"Llama": VersionTemplate(0)}, script=Script(), faults=[], mishaps=[])
        history.deploy(second, script=Script(), faults=cancelled, mishaps=[], rollback=False, pause=10)
        history.deploy(second, script=Script(), faults=[], mishaps=[])
        assert history.stack is not None
        present = [version.name for version in history.aws.sagemaker.versions.present]
        assert present == [history.stack.resources["Llama"].physical_id]
        history.delete(faults=[], mishaps=[])
    finally:
        history.close()


def test_the_histories_draw_every_assumption() -> None:
    assert sorted(WAYS) == sorted(field.name for field in fields(Dialect))


@pytest.fixture
def history() -> Iterator[History]:
    played = History()
    yield played
    played.close()


def test_a_leg_whose_answer_is_not_taken_is_answered_all_the_same(history: History) -> None:
    deploy(history, JobTemplate(legs=1))
    # The leg's deletion asks nobody anything, so each of these meets its answer.
    refused = [Fault(at=call, kind="internal error") for call in (1, 2, 3)]
    history.delete(faults=refused, mishaps=[])


@pytest.mark.parametrize("at", range(1, 16))
def test_an_update_that_is_cancelled_leaves_no_record_of_its_job(history: History, at: int) -> None:
    deploy(history, JobTemplate(legs=0))
    deploy(history, JobTemplate(1, legs=0), FOR_EVER, faults=[Fault(at, kind="interrupted")])

    assert [job.request["ModelSource"]["S3"]["S3Uri"] for job in history.aws.sagemaker.jobs.values()] in (
        ["s3://models/0/"],
        ["s3://models/1/"],
    )


@pytest.mark.parametrize("goes_back", ["never", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"])
@pytest.mark.parametrize("rollback", [False, True])
def test_a_job_that_was_never_answered_for_does_not_run_beside_the_next(
    rollback: bool, goes_back: Literal["never", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"]
) -> None:
    history = History(Dialect(failed_update_goes_back=goes_back))
    try:
        deploy(history, JobTemplate(0, legs=0), FOR_EVER)
        deploy(
            history,
            JobTemplate(1, legs=0),
            FOR_EVER,
            mishaps=[Mishap(1, is_never_answered=True)],
            rollback=rollback,
        )
        deploy(history, JobTemplate(2, legs=0), FOR_EVER)

        running = [history.aws.sagemaker.jobs[name].request for name in history.aws.sagemaker.running()]
        assert [request["ModelSource"]["S3"]["S3Uri"] for request in running] == ["s3://models/2/"]
    finally:
        history.close()


@pytest.mark.parametrize("late", [700, 4000])
def test_a_request_that_comes_in_a_later_operation_changes_nothing_in_it(
    history: History, late: float
) -> None:
    deploy(history, JobTemplate(0, legs=0))
    cancelled = [Fault(at=1, kind="interrupted")]
    deploy(history, JobTemplate(1, legs=0), mishaps=[Mishap(1, late=late)], faults=cancelled)
    deploy(history, JobTemplate(2, legs=2), Script(ends_after=5400))

    completed = [job.request["ModelSource"]["S3"]["S3Uri"] for job in history.aws.sagemaker.started]
    assert completed == ["s3://models/0/", "s3://models/2/"]


@pytest.mark.parametrize("response_url", ["X-Amz-Date", "Expires", "neither"])
def test_an_update_that_is_delivered_while_its_stack_goes_back_leaves_no_job(
    response_url: Literal["X-Amz-Date", "Expires", "neither"],
) -> None:
    """The stack shows UPDATE_IN_PROGRESS on its way back as well."""
    dialect = Dialect(
        failed_update_goes_back="UPDATE_IN_PROGRESS",
        response_url=response_url,
        job_read_lag=30,
        stack_read_lag=30,
        create_time=15,
    )
    before = {"Qwen": JobTemplate(legs=0), "Llama": JobTemplate(legs=0)}
    after = {"Qwen": JobTemplate(tags=1, legs=0), "Llama": JobTemplate(1, legs=0)}
    faults = [Fault(1, kind="interrupted"), Fault(10, kind="internal error")]
    history = History(dialect)
    try:
        history.deploy(before, script=Script(), faults=[], mishaps=[])
        history.deploy(after, script=FOR_EVER, faults=faults, mishaps=[Mishap(2, late=40)], rollback=False)

        assert history.aws.sagemaker.running() == []
    finally:
        history.close()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (JobTemplate(0, legs=0), JobTemplate(1, legs=0)),
        (ModelTemplate(0), ModelTemplate(1)),
        (VersionTemplate(0), VersionTemplate(1)),
    ],
    ids=["a job", "a model", "a version"],
)
def test_what_an_update_made_goes_with_its_stack_although_it_was_cancelled_without_a_rollback(
    before: AnyTemplate, after: AnyTemplate
) -> None:
    """CloudFormation does not take the response, and deletes with the properties from before the update."""
    history = History(Dialect(deleted_with="properties of the resource"))
    cancelled = [Fault(at=8, kind="interrupted")]
    try:
        history.deploy({"Llama": before}, script=Script(), faults=[], mishaps=[])
        history.deploy({"Llama": after}, script=FOR_EVER, faults=cancelled, mishaps=[], rollback=False)
        # It finds what is left.
        history.delete(faults=[], mishaps=[])
    finally:
        history.close()


@pytest.mark.parametrize(
    "jobs",
    [(JobTemplate(legs=2), JobTemplate(legs=1)), (JobTemplate(1), JobTemplate(0), JobTemplate(2))],
    ids=["another leg is the last one", "there was another job before"],
)
def test_a_rollback_gives_the_last_leg_its_id_again(history: History, jobs: Sequence[JobTemplate]) -> None:
    for job in jobs[:-1]:
        deploy(history, job)
    deploy(history, jobs[-1], fails_elsewhere=True)


def deploy(
    history: History,
    job: JobTemplate,
    script: Script | None = None,
    *,
    faults: Sequence[Fault] = (),
    mishaps: Sequence[Mishap] = (),
    rollback: bool = True,
    fails_elsewhere: bool = False,
) -> None:
    history.deploy(
        {"Llama": job},
        script=script or Script(),
        faults=list(faults),
        mishaps=list(mishaps),
        rollback=rollback,
        fails_elsewhere=fails_elsewhere,
    )
