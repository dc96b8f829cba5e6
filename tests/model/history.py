"""A history: stacks that come, change and go, while calls fail, processes die, requests are late, and users
change their minds.

After each operation the promises of docs/promises.md are checked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from localcloud.kernel.dialect import Dialect
from optimization_job.cloudformation.properties import JobProperties
from optimization_job.cloudformation.request import Request
from optimization_job.deciding import change_of, overtaken_by
from optimization_job.deciding.evidence import IN_FLIGHT
from optimization_job.deciding.names import is_name_of
from optimization_job.log import log
from optimization_job.tracking import Measurement, counting
from tests.simulation import Died, Script, SimulatedAws
from tests.simulation.cloudformation import (
    COMPLETION,
    JOB,
    LONGEST,
    MODEL,
    VERSION,
    JobTemplate,
    Process,
    Resource,
    SimulatedStack,
    Template,
)
from tests.simulation.faults import client_error
from tests.simulation.models import SimulatedModel
from tests.simulation.versions import SimulatedVersion

FaultKind = Literal[
    "throttled", "internal error", "not permitted", "lost answer", "dies before", "dies after", "interrupted"
]

#: Time that is left to requests that were overtaken, before it is checked that nothing of theirs is left.
_AFTERMATH = 900

#: Seconds after which every change of a status has been told.
_LATEST_EVENT = 700

#: The same where the permissions have gone with the stack.
_LATEST_EVENT_WITHOUT_PERMISSION = 1500

#: Seconds that a call is under way at most.
_LONGEST_CALL = 60

#: Seconds that nobody waits longer than a job needs, on the usual path.
_UNUSUAL = 60

#: Seconds of a leg's hour in which it does not wait for its job, or more.
_NOT_WAITING = 600

#: Processes that die in one operation.
_MOST_DEATHS = 2

#: What the names begin with that no user has chosen.
_GENERATED = "app--"

#: Seconds until a request is delivered at the latest that has to be answered in time.
_LATEST_DELIVERY = 700

#: More calls of one kind about one job in ten seconds than anybody needs.
_MOST_CALLS = 6

#: Seconds between two looks.
_PAUSE = 15

#: Calls that a request makes at most while it looks at something for a minute.
_CALLS_IN_A_MINUTE = 40

#: More than any operation takes.
_MOST_TICKS = 2000


@dataclass(frozen=True)
class Fault:
    """What happens at the n-th API call of an operation."""

    at: int
    kind: FaultKind


@dataclass(frozen=True)
class Mishap:
    """How the n-th request of an operation is delivered: seconds until it comes, and until it comes again, if
    it does; and whether its answer is never taken.
    """

    at: int
    late: float = 0
    again: float | None = None
    is_never_answered: bool = False


@dataclass(frozen=True)
class Refusal:
    """What every Create operation answers for good, and the seconds after which that is told."""

    code: str
    message: str
    told_after: float = 0


class History:
    def __init__(self, dialect: Dialect | None = None, call_time: float = 0) -> None:
        self.patches = pytest.MonkeyPatch()
        self.aws = SimulatedAws(dialect or Dialect(), call_time)
        self.aws.install(self.patches)
        #: The runs of jobs whose end was counted, in the order in which the metrics were written.
        self._counted: list[tuple[str, str]] = []
        self.patches.setattr(
            Measurement, "write", lambda each: self._counted.append((each.job_name, each.run))
        )
        self.aws.faults.before.append(self._before_call)
        self.aws.faults.after.append(self._after_call)
        self.stack: SimulatedStack | None = None
        self.process: Process | None = None
        self._calls = self._requests = self._ticks = 0
        self._pause: float = _AFTERMATH
        self._sent_before = self._deleted_before = self._calls_before = 0
        self._faults: dict[int, FaultKind] = {}
        self._mishaps: dict[int, Mishap] = {}
        self._interruption_pending = False
        self._refusal: Refusal | None = None
        self._refused = 0
        self._recorded_before: set[str] = set()
        self._models_before: set[str] = set()
        self._made_before: set[int] = set()
        #: Whether the operation began with what a failed one had left.
        self._was_kept = False
        #: The jobs of which it was logged that a run could not be counted.
        self._not_counted: set[object] = set()
        self.patches.setattr(counting, "log", self._log_of_counting)
        #: The jobs whose records somebody deleted.
        self._lost: set[str | None] = set()
        #: Requests that were delivered twice.
        self._repeated: set[str] = set()
        #: Requests that come when CloudFormation has given them up, or whose answer is never taken.
        self._given_up: set[str] = set()
        #: Requests of the operations that may be tried again.
        self._may_come_again: set[str] = set()
        #: The completed jobs with a generated name whose records went although they may be asked for again.
        self._thrown_away: list[str] = []

    def _log_of_counting(self, decision: str, **details: Any) -> None:
        log(decision, **details)
        if decision == "not counted":
            self._not_counted.add(details["job"])

    def close(self) -> None:
        self.patches.undo()

    # What a user does.

    def deploy(
        self,
        template: Template,
        *,
        script: Script,
        faults: list[Fault],
        mishaps: list[Mishap],
        rollback: bool = True,
        quota: int | None = None,
        fails_elsewhere: bool = False,
        refusal: Refusal | None = None,
        pause: float = _AFTERMATH,
    ) -> None:
        """Creates the stack, or updates it.

        Args:
            fails_elsewhere: a resource that needs the finished jobs fails.
            refusal: no job and no model can be created.
            pause: seconds until the user does the next thing. What is on its way after less than the usual
                time is checked after that.
        """
        mishaps = [self._as_the_dialect_allows(mishap) for mishap in mishaps]
        is_quiet = not faults and not mishaps and quota is None
        self._refusal, self._refused = refusal, 0
        succeeds = (
            refusal is None
            and quota is None
            and not fails_elsewhere
            and all(fault.kind != "interrupted" for fault in faults)
            and not any(mishap.is_never_answered for mishap in mishaps)
            and self._can_succeed(template, script, sum(mishap.late for mishap in mishaps))
        )
        starts = len(self.aws.sagemaker.started)
        self._made_before = {id(each) for each in self._made}
        self._pause = pause
        self._deploy(template, script, faults, mishaps, rollback, quota, fails_elsewhere)
        if self._is_in_a_hurry:
            return
        if succeeds:
            self._check_that_it_succeeded(template, starts)
            if is_quiet and self.aws.dialect == Dialect():
                self._check_that_nobody_waited_for_nothing()
        if refusal is not None and is_quiet:
            self._check_that_the_refusal_was_told(refusal)

    @property
    def _is_in_a_hurry(self) -> bool:
        return self._pause < _AFTERMATH

    def _as_the_dialect_allows(self, mishap: Mishap) -> Mishap:
        """Who does not know when a request was sent cannot know how late it is."""
        if self.aws.dialect.response_url == "neither":
            return replace(mishap, late=min(mishap.late, 40))
        return mishap

    def _deploy(
        self,
        template: Template,
        script: Script,
        faults: list[Fault],
        mishaps: list[Mishap],
        rollback: bool,
        quota: int | None,
        fails_elsewhere: bool,
    ) -> None:
        self.aws.sagemaker.script = script
        self.aws.sagemaker.quota = quota
        if self.stack is None or self.stack.status == "DELETE_COMPLETE":
            self.stack = SimulatedStack(self.aws, self._deliver)
            self._operate(
                self.stack.create(template, rollback=rollback, fails_elsewhere=fails_elsewhere),
                faults,
                mishaps,
            )
            return
        before = {name: replace(resource) for name, resource in self.stack.resources.items()}
        jobs = dict(self.aws.sagemaker.jobs)
        failed = self._failed_jobs()
        was_kept = self.stack.kept_failures
        paid = self._what_is_made(template)
        self._operate(
            self.stack.update(template, rollback=rollback, fails_elsewhere=fails_elsewhere), faults, mishaps
        )
        if self._is_in_a_hurry:
            return
        self._check_that_nothing_is_paid_twice(paid)
        if self.stack.status == "UPDATE_ROLLBACK_COMPLETE" and not was_kept:
            self._check_that_it_is_a_return(before, jobs, failed)

    def _failed_jobs(self) -> set[str | None]:
        """The jobs that made nothing, also those whose record went for a new run that was taken back."""
        jobs = {name: job.status(self.aws.time) for name, job in self.aws.sagemaker.jobs.items()}
        last_seen = {**dict(self.aws.sagemaker.deleted), **jobs}
        return {name for name, status in last_seen.items() if status in ("FAILED", "STOPPED")}

    def delete(self, *, faults: list[Fault], mishaps: list[Mishap]) -> None:
        assert self.stack is not None
        mishaps = [self._as_the_dialect_allows(mishap) for mishap in mishaps]
        was_usual = self.stack.status in _UPDATABLE and not self.stack.kept_failures
        self._pause = _AFTERMATH
        self._operate(self.stack.delete(), faults, mishaps)
        if was_usual and not faults and not mishaps and self.aws.dialect == Dialect():
            self._check_that_nobody_waited_for_nothing()
        if self.stack.status == "DELETE_COMPLETE":
            running = self.aws.sagemaker.running()
            assert running == [], f"run after the deletion: {running}"
            assert self._present == [], f"a model is left after the deletion: {self._present}"
            has_permissions = self.stack.id not in self.aws.without_permissions
            self.aws.settle(_LATEST_EVENT if has_permissions else _LATEST_EVENT_WITHOUT_PERMISSION)
            followed = [name for name in self.aws.executions if not name.startswith(("request", "delivery"))]
            assert not followed, f"followed, but over: {followed}"
            self.stack = None

    def lose_record(self, index: int) -> None:
        """Somebody deletes the record of a job that has ended, behind CloudFormation's back."""
        jobs = self.aws.sagemaker.jobs
        ended = [name for name, job in jobs.items() if job.ended_at(self.aws.time) is not None]
        if ended:
            name = ended[index % len(ended)]
            del jobs[name]
            self._lost.add(name)

    def lose_model(self, index: int) -> None:
        """Somebody deletes a model or a version behind CloudFormation's back."""
        if self._present:
            name = self._present[index % len(self._present)]
            model = self.aws.sagemaker.models.present.pop(name, None)
            versions = [each for each in self.aws.sagemaker.versions.present if each.name == name]
            for each in versions if model is None else [model]:
                each.deleted = self.aws.time - self.aws.dialect.delete_lag
            self._lost.add(name)

    @property
    def _present(self) -> list[str]:
        """The name of every model and version that is there."""
        sagemaker = self.aws.sagemaker
        return [*sagemaker.models.present, *(version.name for version in sagemaker.versions.present)]

    @property
    def _made(self) -> list[SimulatedModel | SimulatedVersion]:
        """Every model and version that was ever made."""
        return [*self.aws.sagemaker.models.made, *self.aws.sagemaker.versions.made]

    # How it goes on.

    def _operate(self, process: Process, faults: list[Fault], mishaps: list[Mishap]) -> None:
        assert self.stack is not None
        self._calls = self._requests = self._ticks = 0
        self._sent_before = len(self.stack.sent)
        self._deleted_before = len(self.aws.sagemaker.deleted)
        self._calls_before = len(self.aws.sagemaker.calls_at)
        self._recorded_before = set(self.aws.sagemaker.jobs)
        self._models_before = set(self._present)
        self._was_kept = self.stack.kept_failures
        deaths = [fault for fault in faults if fault.kind.startswith("dies")]
        # Lambda delivers a request three times: one that dies three times before it has begun is lost.
        survived = [fault for fault in faults if fault not in deaths[_MOST_DEATHS:]]
        self._faults = {fault.at: fault.kind for fault in survived}
        self._mishaps = {mishap.at: mishap for mishap in mishaps}
        self.process = process
        while self.process is not None:
            self._tick()
        self._faults = {}
        self._interruption_pending = False
        self.aws.settle(self._pause)
        if not self._is_in_a_hurry:
            self._check()

    def _tick(self, until: float = float("inf")) -> None:
        assert self.stack is not None
        self._ticks += 1
        assert self._ticks < _MOST_TICKS, f"the operation goes on for ever: the stack is {self.stack.status}"
        if self._interruption_pending:
            self._interrupt()
        try:
            assert self.process is not None
            next(self.process)
        except StopIteration:
            self.process = None
        else:
            self.aws.step(min(self.aws.time + 60, until))

    def _interrupt(self) -> None:
        """The user deletes the stack while it is created, or cancels its update."""
        assert self.stack is not None
        self._interruption_pending = False
        if self.stack.status == "CREATE_IN_PROGRESS":
            self.process = self.stack.delete()
        elif self.stack.status == "UPDATE_IN_PROGRESS":
            self.stack.cancel()

    def _before_call(self, operation: str) -> None:
        self._calls += 1
        creates = ("CreateOptimizationJob", "CreateModel", "CreateModelPackage")
        if operation in creates and self._refusal is not None:
            self._refused += 1
            raise client_error(operation, self._refusal.code, self._refusal.message)
        kind = self._faults.get(self._calls)
        if kind == "throttled":
            raise client_error(operation, "ThrottlingException", "Rate exceeded")
        if kind == "internal error":
            raise client_error(operation, "InternalFailure", "", 500)
        if kind == "not permitted" and operation != "PUT":
            raise client_error(operation, "AccessDeniedException", "not authorized to perform it yet")
        if kind == "dies before":
            raise Died
        if kind == "interrupted":
            if self.process is None or inspect.getgeneratorstate(self.process) == inspect.GEN_RUNNING:
                self._interruption_pending = True
                return
            self._interrupt()
            until = self.aws.time + _LONGEST_CALL
            for _ in range(4):
                if self.process is not None:
                    self._tick(until)

    def _after_call(self, operation: str) -> None:
        if operation == "DeleteOptimizationJob" and self._may_be_tried_again:
            name, status = self.aws.sagemaker.deleted[-1]
            if status == "COMPLETED" and name.startswith(_GENERATED):
                self._thrown_away.append(name)
        kind = self._faults.get(self._calls)
        if kind == "lost answer":
            raise client_error(operation, "InternalFailure", "", 500)
        if kind == "dies after":
            raise Died

    def _deliver(self, request: dict[str, Any]) -> None:
        self._requests += 1
        if self._may_be_tried_again:
            self._may_come_again.add(request["RequestId"])
        mishap = self._mishaps.get(self._requests, Mishap(0))
        if self.stack is None or self.stack.status not in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            # A rollback or a deletion that is not answered in time has to be repeated by hand.
            mishap = replace(mishap, late=min(mishap.late, _LATEST_DELIVERY), is_never_answered=False)
        if mishap.is_never_answered:
            self.aws.never_taken.add(request["RequestId"])
            self._given_up.add(request["RequestId"])
        if mishap.again is not None:
            self._repeated.add(request["RequestId"])
            self.aws.send_later(request, mishap.late + mishap.again)
        if mishap.late:
            self.aws.send_later(request, mishap.late)
            if mishap.late >= LONGEST:
                self._given_up.add(request["RequestId"])
        else:
            self.aws.send(request)

    @property
    def _may_be_tried_again(self) -> bool:
        """Whether the stack takes an update back, or deletes what had failed to make it anew."""
        status = self.stack.status if self.stack is not None else ""
        return status.startswith("UPDATE_ROLLBACK_") or status == "UPDATE_IN_PROGRESS"

    # The promises.

    def _check(self) -> None:
        assert self.stack is not None
        assert self.stack.status in _SETTLED or self.stack.kept_failures, f"stuck in {self.stack.status}"
        self._check_that_nothing_leaks()
        self._check_the_models()
        self._check_what_was_deleted()
        self._check_what_was_told()
        self._check_what_was_counted()
        self._check_the_answers()
        self._check_what_legs_said()
        self._check_the_records()
        self._check_what_runs_beside_a_resource()
        self._check_what_was_never_a_resource()
        self._check_how_often_calls_were_made()
        self._check_that_no_return_starts_a_job()
        failed = [name for name in self.aws.failed_executions if name not in self.aws.never_taken]
        assert failed == []

    def _check_that_nothing_leaks(self) -> None:
        assert self.stack is not None
        if self.stack.kept_failures:
            return
        known = {resource.physical_id for resource in self.stack.resources.values()}
        leaked = set(self.aws.sagemaker.running()) - known
        assert not leaked, f"leaked while the stack is {self.stack.status}: {leaked}"

    def _check_the_models(self) -> None:
        """Every model is a resource's, and every resource has its model."""
        assert self.stack is not None
        present = set(self._present)
        resources = {r.physical_id for r in self.stack.resources.values() if r.type in (MODEL, VERSION)}
        assert len(present) == len(self._present), f"there are two of one name: {self._present}"
        if not self.stack.kept_failures:
            left = present - resources
            assert not left, f"a model is left while the stack is {self.stack.status}: {left}"
        if self.stack.status in _SETTLED:
            missing = resources - present - self._lost - {None}
            if self.stack.status == "UPDATE_ROLLBACK_COMPLETE" and self._was_kept:
                # It goes back to what a failed update wanted and never got, and a return makes nothing.
                self._lost |= missing
                return
            assert not missing, f"a model is missing while the stack is {self.stack.status}: {missing}"

    def _what_is_made(self, template: Template) -> dict[str, int]:
        """The jobs that have completed and whose definition a template leaves as it is, with the number of
        times that each was started.
        """
        assert self.stack is not None
        names = {}
        for logical_id, job in template.items():
            present = self.stack.resources.get(logical_id)
            if present is None or not present.physical_id:
                continue
            wanted, had = job.properties(logical_id), present.properties
            record = self.aws.sagemaker.jobs.get(present.physical_id)
            if _is_same(wanted, had) and record is not None and record.status(self.aws.time) == "COMPLETED":
                names[present.physical_id] = self._starts(present.physical_id)
        return names

    def _check_that_nothing_is_paid_twice(self, paid: dict[str, int]) -> None:
        for name, starts in paid.items():
            assert self._starts(name) == starts, f"{name} was paid for again"

    def _starts(self, name: str) -> int:
        return sum(run.request["OptimizationJobName"] == name for run in self.aws.sagemaker.started)

    def _check_what_was_deleted(self) -> None:
        """The record of a job that has completed is deleted only if CloudFormation asks for it, and not if
        the same definition may be deployed again; or if it was never a resource, and has a name to be free
        again.
        """
        assert self.stack is not None
        assert self._thrown_away == [], "paid for, and thrown away"
        asked = {r.get("PhysicalResourceId") for r in self.stack.sent if r["RequestType"] == "Delete"}
        invented = any("-ABCDEFGHIJKL" in str(physical_id) for physical_id in asked)
        for name, status in self.aws.sagemaker.deleted[self._deleted_before :]:
            is_nobodys = name not in self.stack.known and not name.startswith(_GENERATED)
            assert status != "COMPLETED" or name in asked or invented or is_nobodys, (
                f"{name} was completed, and deleted"
            )

    def _check_what_was_told(self) -> None:
        """Each run of a job is told in order, from its beginning to what it is now, and is followed while it
        goes on.
        """
        runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for detail in self.aws.events.details:
            runs.setdefault((detail["OptimizationJobName"], detail["CreationTime"]), []).append(detail)
        for (name, run), details in runs.items():
            first_told = list(dict.fromkeys(detail["SequenceNumber"] for detail in details))
            assert first_told == list(range(1, len(first_told) + 1)), f"{name} was told out of order"
            statuses = [detail["OptimizationJobStatus"] for detail in details]
            if details[0]["StackId"] in self.aws.without_permissions:
                # Nothing can be learned or told any more.
                continue
            job = self.aws.sagemaker.jobs.get(name)
            if job is not None and run == job.creation_time:
                latest = _LATEST_EVENT + self.aws.dialect.job_read_lag + self.aws.dialect.stop_lag
                is_old = self.aws.time - job.status_since(self.aws.time) > latest
                told = statuses[-1]
                assert told == job.status(self.aws.time) or not is_old, f"{name} is told to be {told}"
            is_followed = any(execution.startswith(f"{name}-") for execution in self.aws.executions)
            is_over = statuses[-1] in ("COMPLETED", "FAILED", "STOPPED", "DELETED")
            assert is_followed or is_over, f"{name} is not followed, but {statuses[-1]}"

    def _check_what_was_counted(self) -> None:
        """Each run of a job that has ended is counted once, whoever saw its end.

        A record that is deleted does not wait for that. If the run cannot be counted then, the log says so.
        """
        assert len(self._counted) == len(set(self._counted)), "a run was counted twice"
        ended = {
            (detail["OptimizationJobName"], detail["CreationTime"])
            for detail in self.aws.events.details
            if detail["OptimizationJobStatus"] in ("COMPLETED", "FAILED", "STOPPED")
            and detail["StackId"] not in self.aws.without_permissions
        }
        for name, run in ended.difference(self._counted):
            goes_on = any(execution.startswith((name, f"ended_{name}")) for execution in self.aws.executions)
            is_known = goes_on or name in self._not_counted
            assert is_known, f"{name}, created at {run}, has ended and is not counted"

    def _check_the_answers(self) -> None:
        assert self.stack is not None
        for request in self.stack.sent:
            answers = self.aws.answers.get(request["RequestId"], [])
            told = {(answer["Status"], answer["PhysicalResourceId"]) for answer in answers}
            # A leg that comes again, after it was answered, is answered again, with what is true by then:
            # CloudFormation does not listen any more. So is one whose answer was taken, but not confirmed.
            again = self._repeated | self.aws.not_delivered
            comes_again = request["ResourceType"] == COMPLETION and request["RequestId"] in again
            # An execution that was started, and whose start could not be confirmed in time, responds, too.
            # The first response counts; the execution sees that its stack does not want the job, and ends it.
            is_unsure = any("could not be started: StartExecution" in answer["Reason"] for answer in answers)
            assert len(told) <= 1 or comes_again or is_unsure, f"two different answers: {answers}"
            for status, physical_id in told:
                if request["RequestType"] == "Delete" or (
                    request["RequestType"] == "Update" and status == "FAILED"
                ):
                    assert physical_id == request["PhysicalResourceId"]
        unanswered = [r for r in self.stack.unanswered if r["RequestId"] not in self._given_up]
        assert not unanswered, f"never answered: {unanswered}"

    def _check_what_legs_said(self) -> None:
        assert self.stack is not None
        for request in self.stack.sent:
            answers = self.aws.answers.get(request["RequestId"], [])
            if request["RequestType"] == "Create" and "Last" in request["ResourceProperties"] and answers:
                completed = answers[0].get("Data", {}).get("OptimizationJobStatus") == "COMPLETED"
                assert (answers[0]["Status"] == "SUCCESS") == completed, f"a leg that lies: {answers[0]}"

    def _check_the_records(self) -> None:
        """A job is one resource only, and none that was deleted is left."""
        assert self.stack is not None
        jobs = [r.physical_id for r in self.stack.resources.values() if r.type == JOB and r.physical_id]
        # When a record is gone, another resource may take its name.
        present = [name for name in jobs if name not in self._lost]
        # A chosen name is the job's whose tag says so, wherever else it is left by a rollback.
        generated = [name for name in present if name.startswith(_GENERATED)]
        assert len(generated) == len(set(generated)), f"one job for two resources: {generated}"
        if self.stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            for request in self.stack.sent[self._sent_before :]:
                self._check_that_it_has_a_record(request)
        for request in self.stack.sent[self._sent_before :]:
            name = request.get("PhysicalResourceId")
            answers = self.aws.answers.get(request["RequestId"], [])
            if name in self._lost or self._is_kept(request):
                continue
            if request["RequestType"] == "Delete" and answers and answers[0]["Status"] == "SUCCESS":
                assert name in present or name not in self.aws.sagemaker.jobs, f"deleted, but there: {name}"

    def _check_that_it_has_a_record(self, request: dict[str, Any]) -> None:
        """What a deployment has created or replaced is there."""
        assert self.stack is not None
        answer = next(iter(self.aws.answers.get(request["RequestId"], [])), None)
        resource = self.stack.resources.get(request["LogicalResourceId"])
        if request["ResourceType"] != JOB or request["RequestType"] == "Delete" or resource is None:
            return
        if answer is None or answer["Status"] != "SUCCESS" or resource.physical_id in self._lost:
            return
        name = answer["PhysicalResourceId"]
        if name == resource.physical_id != request.get("PhysicalResourceId"):
            assert name in self.aws.sagemaker.jobs, f"deployed, but not there: {name}"

    def _is_kept(self, deletion: dict[str, Any]) -> bool:
        """Whether a deletion has left a job that was paid for to the next deployment."""
        name = deletion.get("PhysicalResourceId", "")
        job = self.aws.sagemaker.jobs.get(name)
        completed = job is not None and job.status(self.aws.time) == "COMPLETED"
        return completed and name.startswith(_GENERATED) and deletion["RequestId"] in self._may_come_again

    def _check_what_runs_beside_a_resource(self) -> None:
        """No two jobs of one resource run once a request for it has succeeded."""
        assert self.stack is not None
        if self.stack.kept_failures:
            # An update that was cancelled and not rolled back: the next one ends its job.
            return
        for request in self.stack.sent[self._sent_before :]:
            answer = next(iter(self.aws.answers.get(request["RequestId"], [])), None)
            if request["ResourceType"] != JOB or request["RequestType"] == "Delete" or answer is None:
                continue
            logical_id = request["LogicalResourceId"]
            resource = self.stack.resources.get(logical_id)
            if answer["Status"] != "SUCCESS" or resource is None or resource.physical_id is None:
                continue
            beside = [
                name
                for name in self.aws.sagemaker.running()
                if self.aws.sagemaker.jobs[name].resource == (self.stack.id, logical_id)
                and name not in self.stack.known
            ]
            assert not beside, f"{beside} run beside {resource.physical_id}"

    def _check_how_often_calls_were_made(self) -> None:
        """A call that shows no effect yet is not made again and again."""
        made: dict[tuple[str, str], list[float]] = {}
        for time, operation, name, _ in self.aws.sagemaker.calls_at[self._calls_before :]:
            if operation in (
                "StopOptimizationJob",
                "DeleteOptimizationJob",
                "DeleteModel",
                "DeleteModelPackage",
            ):
                made.setdefault((operation, name), []).append(time)
        for (operation, name), times in made.items():
            quickly = zip(times, times[_MOST_CALLS:], strict=False)
            assert all(last - first > 10 for first, last in quickly), (
                f"{operation} of {name} was made again and again"
            )

    def _check_that_no_return_starts_a_job(self) -> None:
        """What an update has changed is taken back without a new run.

        That a stack goes back may not be seen at once; then the job is ended again. And where a stack that
        goes back seems to go forward, a failed job whose settings change back is asked for as a user asks for
        its next run: with the same definition, and other settings.
        """
        assert self.stack is not None
        seen_late = 2 * self.aws.dialect.stack_read_lag
        seems_to_be_asked_for = {
            request["RequestId"]
            for request in self.stack.sent[self._sent_before :]
            if self.aws.dialect.failed_update_goes_back == "UPDATE_IN_PROGRESS" and _changes_settings(request)
        }
        for time, operation, name, request_id in self.aws.sagemaker.calls_at[self._calls_before :]:
            is_return = request_id in self.stack.returns and request_id not in seems_to_be_asked_for
            if operation == "CreateOptimizationJob" and is_return:
                after = time - self.aws.sent_at[request_id]
                assert 0 < seen_late >= after, (
                    f"{name} was started by a return, {after} s after it was asked for"
                )

    def _check_what_was_never_a_resource(self) -> None:
        """No record is left of a job that is no resource, except what a next deployment can use."""
        assert self.stack is not None
        if self.stack.kept_failures:
            return
        present = {resource.physical_id for resource in self.stack.resources.values()}
        left = {
            name: job.status(self.aws.time)
            for name, job in self.aws.sagemaker.jobs.items()
            if name not in present
            and name not in self.stack.was_resource
            and job.resource[0] == self.stack.id
        }
        useless = {
            name: status
            for name, status in left.items()
            if status != "COMPLETED" or not name.startswith(_GENERATED)
        }
        if self.stack.id in self.aws.without_permissions:
            # A job may have failed before the function knew of it. Then nobody may delete its record.
            useless = {name: status for name, status in useless.items() if status != "FAILED"}
        assert not useless, f"recorded, and never a resource: {useless}"

    # What must work.

    def _can_succeed(self, template: Template, script: Script, late: float) -> bool:
        """Whether nothing is wrong with what is deployed, and with what there is."""
        jobs_wanted = [job for job in template.values() if isinstance(job, JobTemplate)]
        if jobs_wanted and (script.outcome != "COMPLETED" or script.ends_after is None):
            return False
        ends = script.ends_after or 0
        if any(job.legs > 0 and _waiting(job) - late < ends for job in jobs_wanted):
            return False
        if late >= LONGEST / 2 or sum(job.explicit_name is not None for job in jobs_wanted) > 1:
            return False
        stack, jobs = self.stack, self.aws.sagemaker.jobs
        is_new = stack is None or stack.status == "DELETE_COMPLETE"
        if stack is not None and not is_new and stack.status not in _UPDATABLE:
            return False
        for logical_id, job in template.items():
            if not isinstance(job, JobTemplate):
                continue
            present = None if stack is None or is_new else stack.resources.get(logical_id)
            settled = None if present is None else present.settled
            if present is not None and settled is not None and _is_same(job.properties(logical_id), settled):
                record = jobs.get(present.physical_id or "")
                if record is None or record.status(self.aws.time) != "COMPLETED":
                    return False
            elif job.explicit_name in jobs or self._is_left_running(logical_id):
                return False
            elif present is not None and job.explicit_name and job.explicit_name == present.physical_id:
                # Another definition needs another name, also if somebody deleted the record of this one.
                return False
        return True

    def _is_left_running(self, logical_id: str) -> bool:
        """Whether a job runs that was no success, and nobody stopped it: it may be the one that is wanted."""
        running = [self.aws.sagemaker.jobs[name] for name in self.aws.sagemaker.running()]
        present = self.stack.resources.get(logical_id) if self.stack is not None else None
        name = present.physical_id if present is not None else None
        return any(
            job.resource[1] == logical_id and job.request["OptimizationJobName"] != name for job in running
        )

    def _check_that_it_succeeded(self, template: Template, starts: int) -> None:
        """Each job of the template has completed, and ran once at most."""
        assert self.stack is not None
        status = self.stack.status
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), (
            f"not deployed, but {status}: {self._reasons}"
        )
        for logical_id, wanted in template.items():
            name = self.stack.resources[logical_id].physical_id or ""
            if not isinstance(wanted, JobTemplate):
                self._check_that_the_model_is_there(logical_id, name)
                continue
            job = self.aws.sagemaker.jobs.get(name)
            assert job is not None, f"there is no job {name}"
            if job.script.ends_after is not None:
                self.aws.settle(max(0.0, job.created + job.script.ends_after - self.aws.time))
            assert job.status(self.aws.time) == "COMPLETED", f"{name} is {job.status(self.aws.time)}"
            started = [
                j for j in self.aws.sagemaker.started[starts:] if j.resource == (self.stack.id, logical_id)
            ]
            assert len(started) <= 1, f"{logical_id} was started {len(started)} times"

    def _check_that_the_model_is_there(self, logical_id: str, name: str) -> None:
        """A model is there, unless somebody has deleted it, and was made once at most."""
        assert self.stack is not None
        assert name in self._present or name in self._lost, f"there is no model {name}"
        made = [each for each in self._made if id(each) not in self._made_before and each.name == name]
        assert len(made) <= 1, f"{logical_id} was made {len(made)} times"

    @property
    def _reasons(self) -> list[str]:
        assert self.stack is not None
        answers = [self.aws.answers.get(r["RequestId"], []) for r in self.stack.sent[self._sent_before :]]
        return [answer["Reason"] for all_ in answers for answer in all_ if answer["Status"] == "FAILED"]

    def _check_that_nobody_waited_for_nothing(self) -> None:
        assert self.stack is not None
        for request in self.stack.sent[self._sent_before :]:
            sent = self.aws.sent_at[request["RequestId"]]
            name = request.get("PhysicalResourceId")
            if request["ResourceType"] == COMPLETION:
                name = request["ResourceProperties"]["OptimizationJobName"]
            runs = [run for run in self.aws.sagemaker.started if run.request["OptimizationJobName"] == name]
            if request["ResourceType"] != COMPLETION and _is_of_another_definition(request):
                # The update before never had a response: whether it started a job is worth a look.
                continue
            recorded = self._recorded_before | self._models_before
            is_gone = request["ResourceType"] != COMPLETION and name not in recorded
            if name in self._lost or (is_gone and request["RequestType"] != "Create"):
                # Whether a record is really gone is worth another look.
                continue
            ends = [run.ended_at(self.aws.time) or 0 for run in runs]
            needed = max([0.0, *(end - sent for end in ends)])
            if request["ResourceType"] == JOB and request["RequestType"] != "Delete":
                needed = 0
            waited = self.aws.answered_at[request["RequestId"]] - sent - needed
            if self._adopts_a_model(request):
                # That its deletion is not just unseen takes a minute to believe.
                waited -= _UNUSUAL
            if self._runs_again(request):
                # That a failed job is to run again takes a minute to believe.
                waited -= _UNUSUAL
            assert waited < _UNUSUAL, f"{request['RequestType']} of {name} waited {waited} s for nothing"

    def _adopts_a_model(self, request: dict[str, Any]) -> bool:
        """Whether a request asks for a model that is there already, and not its resource."""
        if request["ResourceType"] not in (MODEL, VERSION) or request["RequestType"] == "Delete":
            return False
        change = change_of(Request.parse(request))
        return change is not None and not change.is_in_place and change.name in self._models_before

    def _makes_again(self, request: dict[str, Any]) -> bool:
        """Whether an update is about a model that is gone, or was never made."""
        is_update = request["RequestType"] == "Update" and request["ResourceType"] in (MODEL, VERSION)
        return is_update and request["PhysicalResourceId"] not in self._models_before

    def _was_overtaken(self, request: dict[str, Any]) -> bool:
        """Whether the stack asked for something else of a resource before it had the response."""
        assert self.stack is not None
        answered = self.aws.answered_at[request["RequestId"]]
        later = self.stack.sent[self.stack.sent.index(request) + 1 :]
        return any(
            each["LogicalResourceId"] == request["LogicalResourceId"]
            and self.aws.sent_at[each["RequestId"]] < answered
            for each in later
        )

    def _may_be_a_return(self, request: dict[str, Any]) -> bool:
        """Whether an update looks like the return of one that was kept when it failed."""
        parsed = Request.parse(request)
        change = change_of(parsed)
        return change is not None and change.is_in_place and overtaken_by(parsed) is not None

    def _runs_again(self, request: dict[str, Any]) -> bool:
        """Whether an update asks for a job that had run before, and may have made nothing."""
        change = change_of(Request.parse(request)) if request["RequestType"] == "Update" else None
        if change is None or request["ResourceType"] != JOB:
            return False
        sent = self.aws.sent_at[request["RequestId"]]
        return any(
            run.request["OptimizationJobName"] == change.name and run.created < sent
            for run in self.aws.sagemaker.started
        )

    def _check_that_the_refusal_was_told(self, refusal: Refusal) -> None:
        assert self.stack is not None
        if not self._refused:
            return
        assert self.stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), "deployed without a job"
        dialect = self.aws.dialect
        slack = _UNUSUAL + dialect.permissions_come_after + dialect.create_time + 2 * dialect.stack_read_lag
        if dialect.stack_read_lag:
            # The first look may see the stack as it was before the request.
            slack += _PAUSE
        slack += _CALLS_IN_A_MINUTE * self.aws.call_time
        for request in self.stack.sent[self._sent_before :]:
            answers = self.aws.answers.get(request["RequestId"], [])
            is_return = request["RequestId"] in self.stack.returns
            is_of_a_job = request["ResourceType"] != COMPLETION and not is_return
            reason = answers[0]["Reason"] if answers else ""
            if (
                "the stack is rolling back or being deleted" in reason
                or ("a later operation of the stack has begun" in reason and self._was_overtaken(request))
                or "was not made by this resource" in reason
            ):
                # It was cancelled because another job was refused first, and nobody waits for its answer; or
                # it was refused for its name, and whose a job is takes a minute to believe.
                continue
            if is_of_a_job and answers and answers[0]["Status"] == "FAILED":
                took = self.aws.answered_at[request["RequestId"]] - self.aws.sent_at[request["RequestId"]]
                # That a failed job is to run again takes a minute to believe, and its record goes first.
                new_run = 2 * _UNUSUAL if self._runs_again(request) else 0
                if self._makes_again(request):
                    # So does that a model is gone.
                    new_run += _UNUSUAL
                if self._may_be_a_return(request):
                    # A return waits for a create of the update before.
                    new_run += IN_FLIGHT
                assert took <= refusal.told_after + slack + new_run, (
                    f"told after {took} s: {answers[0]['Reason']}"
                )

    def _check_that_it_is_a_return(
        self, before: dict[str, Resource], jobs: dict[str, Any], failed: set[str | None]
    ) -> None:
        assert self.stack is not None
        for name, old in before.items():
            new = self.stack.resources[name]
            assert (_own_part(new), new.properties) == (_own_part(old), old.properties)
            names = {old.physical_id, old.properties.get("OptimizationJobName")}
            if self._lost & names:
                # What cannot be learned any more is empty.
                continue
            if failed & names:
                # It had made nothing that could be returned to; the update may have run it again.
                assert old.physical_id not in self.aws.sagemaker.running()
                continue
            if "Timeout" not in old.properties or "Last" in old.properties:
                # A leg in between hands nothing on: it may have passed while the job ran, and now finds it
                # completed.
                assert new.attributes == old.attributes, f"{name} hands on something else after the rollback"
            if old.physical_id in jobs:
                assert self.aws.sagemaker.jobs.get(old.physical_id) is jobs[old.physical_id]


def _own_part(resource: Resource) -> list[str]:
    """A physical id without the jobs before the present one, which the id of a last leg has, too.

    A leg may have been the last one for an update, and keeps the job of that.
    """
    is_last = str(resource.properties.get("Last", "")).lower() == "true"
    return (resource.physical_id or "").split(";")[: 2 if is_last else 1]


def _is_same(wanted: dict[str, Any], had: dict[str, Any]) -> bool:
    """Whether the job makes the same, under the same name."""
    return all(wanted.get(name) == had.get(name) for name in ("ModelSource", "OptimizationJobName"))


def _waiting(job: JobTemplate) -> float:
    """Seconds that the legs of a job wait for it, or less."""
    return job.legs * ((job.service_timeout or LONGEST) - _NOT_WAITING)


_SETTLED = (
    "CREATE_COMPLETE",
    "ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_COMPLETE",
)

_UPDATABLE = (
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
)


def _is_of_another_definition(request: dict[str, Any]) -> bool:
    """Whether what the request says of the resource is not what the resource is."""
    parsed = Request.parse(request)
    if parsed.is_delete:
        properties = JobProperties.parse(parsed.kind, parsed.properties)
        return not is_name_of(properties, parsed.physical_resource_id)
    return overtaken_by(parsed) is not None


Operation = Callable[[History], None]


def _changes_settings(request: dict[str, Any]) -> bool:
    """Whether an update asks for the definition that it had, with other settings."""
    parsed = Request.parse(request)
    new, old = (
        JobProperties.parse_if_valid(parsed.kind, properties)
        for properties in (parsed.properties, parsed.old_properties)
    )
    return bool(new and old and new.artifact == old.artifact and new.run_settings != old.run_settings)
