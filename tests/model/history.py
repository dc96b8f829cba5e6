"""A history: stacks that come, change and go, while calls fail, processes die, requests are late, and users
change their minds.

After each operation the promises of the README are checked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from tests.simulation import Died, Script, SimulatedAws
from tests.simulation.cloudformation import COMPLETION, JOB, Process, Resource, SimulatedStack, Template
from tests.simulation.faults import client_error

FaultKind = Literal[
    "throttled", "internal error", "not permitted", "lost answer", "dies before", "dies after", "interrupted"
]

#: Time that is left to requests that were overtaken, before it is checked that nothing of theirs is left.
_AFTERMATH = 900

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
    it does.
    """

    at: int
    late: float = 0
    again: float | None = None


class History:
    def __init__(self) -> None:
        self.patches = pytest.MonkeyPatch()
        self.aws = SimulatedAws()
        self.aws.install(self.patches)
        self.aws.faults.before.append(self._before_call)
        self.aws.faults.after.append(self._after_call)
        self.stack: SimulatedStack | None = None
        self.process: Process | None = None
        self._calls = self._requests = self._ticks = 0
        self._sent_before = 0
        self._faults: dict[int, FaultKind] = {}
        self._mishaps: dict[int, Mishap] = {}
        self._interruption_pending = False
        #: Requests that were delivered twice.
        self._repeated: set[str] = set()

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
    ) -> None:
        self.aws.sagemaker.script = script
        if self.stack is None:
            self.stack = SimulatedStack(self.aws, self._deliver)
            self._operate(self.stack.create(template, rollback=rollback), faults, mishaps)
            return
        before = {name: replace(resource) for name, resource in self.stack.resources.items()}
        jobs = dict(self.aws.sagemaker.jobs)
        failed: set[str | None] = {
            n for n, job in jobs.items() if job.status(self.aws.time) in ("FAILED", "STOPPED")
        }
        was_kept = self.stack.kept_failures
        self._operate(self.stack.update(template, rollback=rollback), faults, mishaps)
        if self.stack.status == "UPDATE_ROLLBACK_COMPLETE" and not was_kept:
            self._check_that_it_is_a_return(before, jobs, failed)

    def delete(self, *, faults: list[Fault], mishaps: list[Mishap]) -> None:
        assert self.stack is not None
        self._operate(self.stack.delete(), faults, mishaps)
        if self.stack.status == "DELETE_COMPLETE":
            assert self.aws.sagemaker.running() == []
            self.stack = None

    # How it goes on.

    def _operate(self, process: Process, faults: list[Fault], mishaps: list[Mishap]) -> None:
        assert self.stack is not None
        self._calls = self._requests = self._ticks = 0
        self._sent_before = len(self.stack.sent)
        self._faults = {fault.at: fault.kind for fault in faults}
        self._mishaps = {mishap.at: mishap for mishap in mishaps}
        self.process = process
        while self.process is not None:
            self._tick()
        self._faults = {}
        self._interruption_pending = False
        self.aws.settle(_AFTERMATH)
        self._check()

    def _tick(self) -> None:
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
            self.aws.step(self.aws.time + 60)

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
            for _ in range(4):
                if self.process is not None:
                    self._tick()

    def _after_call(self, operation: str) -> None:
        kind = self._faults.get(self._calls)
        if kind == "lost answer":
            raise client_error(operation, "InternalFailure", "", 500)
        if kind == "dies after":
            raise Died

    def _deliver(self, request: dict[str, Any]) -> None:
        self._requests += 1
        mishap = self._mishaps.get(self._requests, Mishap(0))
        if mishap.again is not None:
            self._repeated.add(request["RequestId"])
            self.aws.send_later(request, mishap.late + mishap.again)
        if mishap.late:
            self.aws.send_later(request, mishap.late)
        else:
            self.aws.send(request)

    # The promises.

    def _check(self) -> None:
        assert self.stack is not None
        self._check_that_nothing_leaks()
        self._check_the_answers()
        self._check_what_legs_said()
        self._check_the_records()
        assert self.stack.status in _SETTLED or self.stack.kept_failures, f"stuck in {self.stack.status}"
        assert self.aws.failed_executions == []

    def _check_that_nothing_leaks(self) -> None:
        assert self.stack is not None
        if self.stack.kept_failures:
            return
        known = {resource.physical_id for resource in self.stack.resources.values()}
        leaked = set(self.aws.sagemaker.running()) - known
        assert not leaked, f"leaked while the stack is {self.stack.status}: {leaked}"

    def _check_the_answers(self) -> None:
        assert self.stack is not None
        for request in self.stack.sent:
            answers = self.aws.answers.get(request["RequestId"], [])
            told = {(answer["Status"], answer["PhysicalResourceId"]) for answer in answers}
            # A leg that comes again, after it was answered, is answered again, with what is true by then:
            # CloudFormation does not listen any more.
            comes_again = request["ResourceType"] == COMPLETION and request["RequestId"] in self._repeated
            assert len(told) <= 1 or comes_again, f"two different answers: {answers}"
            for status, physical_id in told:
                if request["RequestType"] == "Delete" or (
                    request["RequestType"] == "Update" and status == "FAILED"
                ):
                    assert physical_id == request["PhysicalResourceId"]
        assert not self.stack.unanswered, f"never answered: {self.stack.unanswered}"

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
        present = [r.physical_id for r in self.stack.resources.values() if r.type == JOB and r.physical_id]
        assert len(present) == len(set(present)), f"one job for two resources: {present}"
        for request in self.stack.sent[self._sent_before :]:
            name = request.get("PhysicalResourceId")
            answers = self.aws.answers.get(request["RequestId"], [])
            if request["RequestType"] == "Delete" and answers and answers[0]["Status"] == "SUCCESS":
                assert name in present or name not in self.aws.sagemaker.jobs, f"deleted, but there: {name}"

    def _check_that_it_is_a_return(
        self, before: dict[str, Resource], jobs: dict[str, Any], failed: set[str | None]
    ) -> None:
        assert self.stack is not None
        for name, old in before.items():
            new = self.stack.resources[name]
            assert (new.physical_id, new.properties) == (old.physical_id, old.properties)
            if failed & {old.physical_id, old.properties.get("OptimizationJobName")}:
                # It had made nothing that could be returned to; the update may have run it again.
                assert old.physical_id not in self.aws.sagemaker.running()
                continue
            if "Timeout" not in old.properties or "Last" in old.properties:
                # A leg in between hands nothing on: it may have passed while the job ran, and now finds it
                # completed.
                assert new.attributes == old.attributes, f"{name} hands on something else after the rollback"
            if old.physical_id in jobs:
                assert self.aws.sagemaker.jobs.get(old.physical_id) is jobs[old.physical_id]


_SETTLED = (
    "CREATE_COMPLETE",
    "ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_COMPLETE",
)

Operation = Callable[[History], None]
