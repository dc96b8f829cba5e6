"""Looks at the stacks and their jobs, again and again, with as few calls as possible.

A job belongs to a stack because the stack has a resource of the job's type whose physical id is the job's
name, or, if a pipeline runs it, because the job's tag has the stack's id. Nothing follows from how a name is
spelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cdk_sagemaker_optimization._lambda.optimization_job.contract import JOB_TYPE

from .account import PAGE, Account
from .description import job_of
from .look import NOT_CREATED, NOT_FOUND, Event, Job, Look, Resource, Stack, is_in_progress
from .pipelines import Pipelines
from .problems import Missing, Problem

_STACK_TYPE = "AWS::CloudFormation::Stack"
_LOG_GROUP_TYPE = "AWS::Logs::LogGroup"

#: What SageMaker accepts as a name. The physical id of a create that failed is none.
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")

_BEGINS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


@dataclass
class _Content:
    """The resources and events of a stack as of a version of it.

    Attributes:
        version: Changes with every operation on the stack.
        events: Those of the last operation, the newest first.
        described: The descriptions of jobs by their names. None for a job that SageMaker does not know.
    """

    version: tuple[Any, ...]
    resources: list[Resource]
    events: list[Event]
    described: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @property
    def has_jobs(self) -> bool:
        return any(resource.type == JOB_TYPE for resource in self.resources)


class Observer:
    """Looks at stacks.

    The resources of a stack are listed again only while the stack is in progress or after it has changed, and
    a job that has ended is described again only then.

    Args:
        account: The account to look at.
        names: The names or ids of the stacks, whose nested stacks belong to them. None for all stacks of the
            account and Region.
        events: The number of events to show of each stack.
        now: The present time.
    """

    def __init__(
        self,
        account: Account,
        names: Sequence[str] = (),
        *,
        events: int = 5,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._account = account
        self._names = names
        self._events = events
        self._now = now
        self._ids: dict[str, str] = {}
        self._contents: dict[str, _Content] = {}
        self._last: Look | None = None
        self._looks = 0
        self._pipelines = Pipelines(account)

    def look(self) -> Look:
        """Return the present state, or the last one and the reason why AWS does not show a newer one.

        Raises:
            Problem: AWS refuses the calls, or there is no such stack.
        """
        now = self._now()
        self._looks += 1
        try:
            described = self._described()
            contents = [self._content(each) for each in described]
            resources = {each.physical_id for content in contents for each in content.resources}
            in_pipelines = self._pipelines.look(resources, now)
            found = [
                self._stack(stack, content, in_pipelines.get(stack["StackId"], []), now)
                for stack, content in zip(described, contents, strict=True)
            ]
        except Problem as problem:
            if not problem.passes:
                raise
            last = self._last or Look(self._account.region, now, None)
            return replace(last, time=now, problem=str(problem))
        shown = [stack for stack in found if stack.has_jobs or self._names]
        others = any(stack.is_in_progress for stack in found if stack not in shown)
        self._last = Look(
            self._account.region, now, now, tuple(sorted(shown, key=_turn)), others_in_progress=others
        )
        return self._last

    # --- the stacks -----------------------------------------------------------------------------------------

    def _described(self) -> list[dict[str, Any]]:
        if self._names:
            named = (stack for name in self._names for stack in self._with_nested(self._named(name)))
            # A stack may be named twice, or belong to another one.
            return list({stack["StackId"]: stack for stack in named}.values())
        stacks = self._account.stacks()
        there = {stack["StackId"] for stack in stacks}
        # A deleted stack is found by its id only.
        had_jobs = self._pipelines.stacks.union(id for id, each in self._contents.items() if each.has_jobs)
        gone = [id for id in self._contents if id in had_jobs and id not in there]
        return stacks + [stack for id in gone if (stack := self._account.stack(id)) is not None]

    def _named(self, name: str) -> dict[str, Any]:
        stack = self._account.stack(name)
        if stack is None and name in self._ids:
            stack = self._account.stack(self._ids[name])
        if stack is None:
            raise Missing(
                f"there is no stack {name} in {self._account.region}: give the name or the id of a stack, "
                "and the --region and the --profile that it was deployed with"
            )
        self._ids[name] = stack["StackId"]
        return stack

    def _with_nested(self, stack: dict[str, Any]) -> Iterable[dict[str, Any]]:
        yield stack
        for resource in self._content(stack).resources:
            if resource.type == _STACK_TYPE and resource.physical_id:
                nested = self._account.stack(resource.physical_id)
                if nested is not None:
                    yield from self._with_nested(nested)

    def _content(self, stack: dict[str, Any]) -> _Content:
        """Return what a stack has. A stack in progress is asked again each time it is looked at."""
        id, status = stack["StackId"], stack["StackStatus"]
        version: tuple[Any, ...] = (status, stack.get("LastUpdatedTime"), stack.get("DeletionTime"))
        if is_in_progress(status):
            version = (*version, self._looks)
        known = self._contents.get(id)
        if known is not None and known.version == version:
            return known
        content = _Content(version, self._account.resources(id), [])
        if content.has_jobs or self._names:
            seen = [] if known is None else known.events
            content.events = _last_operation(id, self._account.events(id), seen)
        self._contents[id] = content
        return content

    def _stack(
        self, described: dict[str, Any], content: _Content, in_pipelines: list[Job], now: datetime
    ) -> Stack:
        jobs = [*self._jobs(content, now), *in_pipelines]
        resources = content.resources
        in_progress = [each for each in resources if each.status.endswith("_IN_PROGRESS")]
        times = [described.get(name) for name in ("DeletionTime", "LastUpdatedTime", "CreationTime")]
        return Stack(
            id=described["StackId"],
            name=described["StackName"],
            status=described["StackStatus"],
            reason=_reason(described),
            changed=next(time for time in times if time is not None),
            parent_id=described.get("ParentId") or "",
            has_jobs=content.has_jobs or bool(in_pipelines),
            jobs=tuple(sorted(jobs, key=lambda job: not job.is_running)),
            waiting_for=tuple(sorted(in_progress, key=lambda each: each.updated)),
            events=tuple(content.events[: self._events]),
            failure=_first_failure(content.events),
            log_groups=tuple(
                each.physical_id
                for each in resources
                if each.type == _LOG_GROUP_TYPE and each.physical_id and each.status != "DELETE_COMPLETE"
            ),
        )

    # --- the jobs of a stack --------------------------------------------------------------------------------

    def _jobs(self, content: _Content, now: datetime) -> Iterable[Job]:
        names = set()
        for resource in content.resources:
            if resource.type == JOB_TYPE:
                names.add(resource.physical_id)
                job = self._job_of(resource, content, now)
                if job is not None:
                    yield job
        # A job that an update replaces, or that a rollback has yet to delete.
        for event in content.events:
            if event.type == JOB_TYPE and event.physical_id not in names and _is_name(event.physical_id):
                names.add(event.physical_id)
                described = self._describe(event.physical_id, content)
                if described is not None:
                    yield job_of(event.logical_id, described)

    def _job_of(self, resource: Resource, content: _Content, now: datetime) -> Job | None:
        """Return the job of a resource. None if both are deleted."""
        job = Job(
            name=resource.physical_id,
            logical_id=resource.logical_id,
            status=NOT_FOUND,
            resource_status=resource.status,
            updated=resource.updated,
            reason=resource.reason,
        )
        if not _is_name(resource.physical_id):
            is_gone = resource.status == "DELETE_COMPLETE"
            return None if is_gone else replace(job, name="", status=NOT_CREATED)
        described = self._describe(resource.physical_id, content, again=job.may_just_be_created(now))
        if described is not None:
            return replace(
                job_of(resource.logical_id, described),
                resource_status=job.resource_status,
                updated=job.updated,
            )
        return None if resource.status == "DELETE_COMPLETE" else job

    def _describe(self, name: str, content: _Content, *, again: bool = False) -> dict[str, Any] | None:
        """Return the description of a job.

        Args:
            name: The job's name.
            content: Remembers the description.
            again: Whether a job that was not found may be there by now.
        """
        known = content.described.get(name)
        is_final = (
            job_of("", known).has_ended if known is not None else name in content.described and not again
        )
        if not is_final:
            content.described[name] = self._account.job(name)
        return content.described[name]


def _reason(stack: dict[str, Any]) -> str:
    """Return the reason for a stack's status. Empty if it is only that somebody asked for the operation."""
    reason = stack.get("StackStatusReason") or ""
    return "" if reason == "User Initiated" else reason


def _is_name(physical_id: str) -> bool:
    return bool(_NAME.fullmatch(physical_id))


def _last_operation(stack_id: str, events: Iterable[Event], seen: list[Event]) -> list[Event]:
    """Return the events since the last operation on the stack began.

    Args:
        stack_id: The id of the stack.
        events: Its events, the newest first. Those before the operation are not asked for, and neither are
            those that were seen, except for the newest ones, among which others may still appear.
        seen: The events that this function has returned before.
    """
    found: list[Event] = []
    for event in events:
        found.append(event)
        if event.physical_id == stack_id and event.type == _STACK_TYPE and event.status in _BEGINS:
            break
        if len(found) >= PAGE and event in seen:
            return found + seen[seen.index(event) + 1 :]
    return found


def _first_failure(events: list[Event]) -> Event | None:
    """Return the failure that the others follow from."""
    failures = [event for event in events if event.status.endswith("_FAILED") and event.reason]
    return failures[-1] if failures else None


def _turn(stack: Stack) -> tuple[bool, bool, str]:
    is_active = stack.is_in_progress or any(job.is_running for job in stack.jobs)
    return not is_active, not stack.has_failed, stack.name
