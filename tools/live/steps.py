"""The operations on the probe stacks, one after the other, with the CDK CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.live.account import Account
from tools.live.calls import call
from tools.live.cli import Cli, Run
from tools.live.journal import Journal, Thing
from tools.live.probe import Probe, job_names, synthesize_probes

Probes = dict[str, Probe]

_CLOCKS_DIFFER = 1.0
"""Seconds that the clock of this machine may be ahead of CloudWatch's."""

_MOST_LOOKS = 20
"""Reads of a log that stays empty."""

CREATED = "create"
UPDATED = "update"
ROLLED_BACK = "update that fails and is rolled back"
CANCELLED = "update that is cancelled"
LEFT_FAILED = "update with a create that fails, not rolled back"
CREATED_AGAIN = "create of what failed"
LEFT_UPDATED = "update that fails, not rolled back"
DELETED = "deletion after that"
CREATE_ROLLED_BACK = "create that fails and is rolled back"
OVERTAKEN = "deletion while it is created"


@dataclass
class Step:
    """One operation on a stack.

    Attributes:
        name: The operation.
        stack: The stack's name.
        began: The beginning, in seconds since 1970.
        succeeded: Whether the command of the CLI succeeded.
        requests: The requests that the stack's probes received from then on, in the order of their arrival.
    """

    name: str
    stack: str
    began: float
    succeeded: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)

    def of(self, resource: str, kind: str = "") -> list[dict[str, Any]]:
        """Select the requests to one probe, of one kind or of any."""
        found = [request for request in self.requests if request["resource"] == resource]
        return [request for request in found if kind in ("", request["kind"])]


class StepFailedError(Exception):
    """A step ended in another way than the next one needs."""


class Steps:
    """Deploys, cancels, rolls back and destroys the probe stacks."""

    def __init__(self, account: Account, journal: Journal, cli: Cli, directory: Path) -> None:
        self._account = account
        self._journal = journal
        self._cli = cli
        self._directory = directory
        self.done: list[Step] = []
        self.stack_ids: dict[str, str] = {}

    def take_all(self) -> None:
        """Take every step.

        Raises:
            StepFailedError: A step did not end as the next one needs.
        """
        self._update_and_destroy(self._account.name("probe"))
        self._fail_to_create(self._account.name("second"))

    def _update_and_destroy(self, stack: str) -> None:
        base: Probes = {
            "Source": Probe(timeout=600, asks=tuple(job_names(self._account))),
            "Follower": Probe(refers_to="Source"),
            "Later": Probe(after=("Source",)),
            "Bystander": Probe(),
        }
        asks = base["Source"].asks

        def source(revision: int, answer: str = "SUCCESS", id: str | None = None) -> Probe:
            return Probe(revision, answer, id=id, timeout=600, asks=asks)

        self._journal.making("stack", stack)
        self._deploy(CREATED, stack, {**base, "Removed": Probe()})
        updated = {**base, "Source": source(2)}
        self._deploy(UPDATED, stack, updated)
        failing = Probe(answer="FAILED", after=("Source", "New"))
        replaced = {**base, "Source": source(3, id="another id"), "New": Probe(), "Failing": failing}
        self._deploy(ROLLED_BACK, stack, replaced, succeeds=False)
        self._cancel(CANCELLED, stack, {**base, "Source": source(4, "wait")})
        again = Probe(answer="FAILED")
        self._deploy(LEFT_FAILED, stack, {**updated, "Again": again}, "--no-rollback", succeeds=False)
        whole = {**updated, "Again": Probe(2)}
        self._deploy(CREATED_AGAIN, stack, whole, "--no-rollback")
        failed = {**whole, "Bystander": Probe(7, "FAILED")}
        last = self._deploy(LEFT_UPDATED, stack, failed, "--no-rollback", succeeds=False)
        call(
            self._account.client("stepfunctions"),
            "start_execution",
            stateMachineArn=self._account.arn("states", f"stateMachine:{self._account.name('machine')}"),
        )
        self._destroy(DELETED, stack, last)

    def _fail_to_create(self, stack: str) -> None:
        self._journal.making("stack", stack)
        failing = Probe(answer="FAILED", after=("Made",))
        probes = {"Made": Probe(), "Failing": failing}
        self._deploy(CREATE_ROLLED_BACK, stack, probes, succeeds=False)
        assembly = self._synthesize(stack, {"Made": Probe(answer="wait")})
        step = self._begin(OVERTAKEN, stack)
        deploy = self._cli.start_deploy(assembly)
        self._wait_for(deploy, stack, "Made", "CREATE_IN_PROGRESS")
        self._end(step, self._cli.start("destroy", assembly, "--force").wait())
        deploy.wait()
        self._note_gone(stack)

    # --- one step -------------------------------------------------------------------------------------------

    def _deploy(self, name: str, stack: str, probes: Probes, *options: str, succeeds: bool = True) -> Path:
        assembly = self._synthesize(stack, probes)
        step = self._begin(name, stack)
        run = self._cli.start_deploy(assembly, *options)
        self._end(step, run.wait())
        if step.succeeded != succeeds:
            wanted = "succeed" if succeeds else "fail"
            raise StepFailedError(
                f"the {name} did not {wanted}; the CDK CLI printed:\n{run.output()[-2000:]}"
            )
        return assembly

    def _cancel(self, name: str, stack: str, probes: Probes) -> None:
        assembly = self._synthesize(stack, probes)
        step = self._begin(name, stack)
        run = self._cli.start_deploy(assembly)
        self._wait_for(run, stack, "Source", "UPDATE_IN_PROGRESS")
        self._account.client("cloudformation").cancel_update_stack(StackName=stack)
        run.wait()
        self._end(step, False)

    def _destroy(self, name: str, stack: str, assembly: Path) -> None:
        step = self._begin(name, stack)
        self._end(step, self._cli.start("destroy", assembly, "--force").wait())
        self._note_gone(stack)

    def _begin(self, name: str, stack: str) -> Step:
        print(f"  {name}", flush=True)
        # The pause makes every later record later than every earlier one, on any clock.
        self._account.sleep(self._account.settings.pause)
        return Step(name, stack, self._account.now())

    def _end(self, step: Step, succeeded: bool) -> None:
        step.succeeded = succeeded
        self.done.append(step)

    def _synthesize(self, stack: str, probes: Probes) -> Path:
        directory = self._directory / f"{len(self.done)}-{stack}"
        return synthesize_probes(self._account, directory, stack, probes, machine="Bystander" in probes)

    def _wait_for(self, run: Run, stack: str, resource: str, status: str) -> None:
        """Wait until a resource has a status while the command is running."""
        cloudformation = self._account.client("cloudformation")
        while run.process.poll() is None:
            shown = call(
                cloudformation, "describe_stack_resource", StackName=stack, LogicalResourceId=resource
            ).content.get("StackResourceDetail", {})
            if shown.get("ResourceStatus") == status:
                self.stack_ids[stack] = shown["StackId"]
                return
            self._account.sleep(min(self._account.settings.pause, 1.0))
        raise StepFailedError(
            f"{resource} was not seen {status}; the CDK CLI printed:\n{run.output()[-2000:]}"
        )

    def _note_gone(self, stack: str) -> None:
        reply = call(self._account.client("cloudformation"), "describe_stacks", StackName=stack)
        if "does not exist" in reply.message:
            self._journal.gone(Thing("stack", stack))


def read_requests(account: Account, log_group: str, steps: list[Step]) -> None:
    """Read what the function has recorded, and add each request to the step during which it arrived."""
    logs = account.client("logs")
    events: list[dict[str, Any]] = []
    same = 0
    # Lines may appear some seconds late: the log is complete when two more reads find no more.
    for _ in range(_MOST_LOOKS if steps else 0):
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=log_group)
        found = [event for page in pages for event in page["events"] if event["message"].startswith("{")]
        same = same + 1 if found and len(found) == len(events) else 0
        events = found
        if same == 2:
            break
        account.sleep(account.settings.pause)
    recorded = [(json.loads(event["message"]), event) for event in events]
    # Two lines may have the same time, and the log keeps no order.
    for request, event in sorted(recorded, key=lambda each: int(each[0]["received"])):
        begun = [
            step
            for step in steps
            if f":stack/{step.stack}/" in request["stack"]
            and step.began <= event["timestamp"] / 1000 + _CLOCKS_DIFFER
        ]
        if begun:
            begun[-1].requests.append(request)
