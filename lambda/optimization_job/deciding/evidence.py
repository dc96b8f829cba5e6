"""The facts that a request knows, and how sure it is of them.

A read may be stale. What a read shows that is there, was there a moment ago, and that is enough. What it does
*not* show (a job that is missing, a stack at rest, a tag that is not ours) is believed only when every look
over a minute has shown the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ..cloudformation.request import Request
from ..cloudformation.stack import Direction, Resource, Stack, has_moved_on
from ..errors import CallError, ErrorKind
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from .memory import NO_JOB, Memory
from .names import Owner
from .queries import Queries

T = TypeVar("T")

#: The seconds since the request, now.
Clock = Callable[[], float]

_RETURN = "the stack is rolling back"
_FORWARD = "the stack is not rolling back"
_NOT_UPDATED = "the resource is not being updated"

#: Seconds after which a read shows what was the case when the first of them was made.
MINUTE = 60

#: Seconds until a create that was cancelled has had its effect, and shows it: three attempts of a call, on a
#: status of the stack that was half a minute old. The one who creates may have no permission any more to end
#: the job.
IN_FLIGHT = 180

#: Seconds after which a stack may have begun to roll back since it was seen.
_OLD_STACK = 30

#: Seconds after which a look makes no other call. A call may take a minute, and the state machine waits two
#: for a step.
_LONG_LOOK = 60


class DoubtError(Exception):
    """Another look has to say whether this is so."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(what)
        self.what = what
        self.seconds = seconds


class Evidence:
    """One look at what a request is about. It may take minutes.

    Attributes:
        memory: what the request remembers, without what this look has shown to be over.
        elapsed: seconds from the request to the beginning of this look.
    """

    def __init__(self, request: Request, memory: Memory, queries: Queries, clock: Clock) -> None:
        self.memory = memory
        self._request = request
        self._queries = queries
        self._clock = clock
        self.elapsed = clock()
        self._stack: Stack | None = None
        self._stack_seen = 0.0
        self._resource_seen: tuple[Resource | None] | None = None

    def believe(self, what: str, seconds: float = MINUTE) -> None:
        """Goes on only if this has been so for long enough.

        Raises:
            DoubtError: it has not.
        """
        if self.elapsed - self.memory.since.get(what, self.elapsed) < seconds:
            raise DoubtError(what, seconds)

    def meet(self, obstacle: str) -> None:
        """Remembers what is in the way, since now: the calls of this look may have taken minutes."""
        self.memory = self.memory.met(obstacle, self._clock())

    def job(self, name: str, kind: JobKind | None = None) -> Job | None:
        """The job of this name, in one look.

        Args:
            name: its name.
            kind: its kind. Default: the one that the request is about.
        """
        kind = kind or self._request.kind
        job = self._ask(kind.operation("Describe"), lambda: self._queries.job(name, kind))
        if job is not None:
            self.memory = self.memory.over(_no_job(name))
        return job

    def believe_missing(self, name: str, seconds: float = MINUTE) -> None:
        """Goes on only if a job that was not found is gone, and not just on its way.

        The record that this request has deleted is gone. But a create in flight may make another one.

        Raises:
            DoubtError: that is not sure.
        """
        was_refused = (
            f"{self._request.kind.operation('Delete')}: {ErrorKind.CONFLICT.value}" in self.memory.since
        )
        if was_refused or seconds == IN_FLIGHT or not self.asked_within(f"Delete {name}"):
            self.believe(_no_job(name), seconds)

    def owner(self, job: Job) -> Owner | None:
        """The owner that the tag of a job with a chosen name names, in one look."""
        try:
            return self._ask("ListTags", lambda: self._queries.owner(job))
        except CallError as trouble:
            if trouble.kind is not ErrorKind.NOT_FOUND:
                raise
            return None

    def stack(self) -> Stack:
        """The stack, in the one look of this decision."""
        if self._stack is None:
            stack = self._ask("DescribeStacks", self._queries.stack)
            began = stack.began.isoformat() if stack.began else ""
            if began < self.memory.began:
                self.believe("the stack is as it was before its update")
            self.memory = replace(self.memory, began=began).over("the stack is as")
            self._stack, self._stack_seen = stack, self._clock()
        return self._stack

    def goes_forward(self) -> bool:
        """True if the operation that the request belongs to creates or updates resources."""
        direction = self.stack().direction
        if direction is Direction.AT_REST:
            self.believe("the stack is at rest")
            return False
        self.memory = self.memory.over("the stack is at rest")
        if direction is not Direction.FORWARD or self.is_late() or self.is_given_up():
            return False
        self.memory = self.memory.over(_RETURN)
        return True

    def still_goes_forward(self) -> bool:
        """True if it does, also after the calls since the first look at the stack, which may take a while."""
        if self._clock() - self._stack_seen > _OLD_STACK:
            self._stack = None
        return self.goes_forward()

    def goes_forward_for_sure(self) -> bool:
        """True if it does, for as long as a rollback before or after that could not be seen.

        Raises:
            DoubtError: that is not sure.
        """
        if not self.goes_forward():
            self.memory = self.memory.over(_FORWARD)
            self.believe_return()
            return False
        self.believe(_FORWARD)
        return True

    def believe_return(self) -> None:
        """Goes on only if the stack goes back for as long as the rollback of an update before could be seen.

        Raises:
            DoubtError: that is not sure.
        """
        if self.stack().may_have_been_left:
            self.believe(_RETURN)

    def ran_in_this_update(self, job: Job | None) -> bool:
        """True if a job was created since the stack's present update began."""
        stack = self.stack()
        if job is None or stack.began is None or stack.status.startswith("DELETE_"):
            return False
        return job.creation_time >= stack.began

    def was_only_found(self, job: Job) -> bool:
        """True if the stack goes back from an update to a job that had completed before."""
        is_back = self.stack().direction is Direction.BACK
        return job.is_completed and is_back and not self.ran_in_this_update(job)

    def has_made(self, job: Job) -> bool:
        """True if the request has made what is there, and not another request, where names are not unique."""
        # AWS may return an ARN in another spelling than it lists.
        return job.arn.lower() == self.memory.made.lower()

    def was_made_with_tags(self, job: Job, *, is_in_place: bool) -> bool:
        """True if what is there has its tags from its create, as far as is known."""
        if not job.kind.names_are_unique:
            return self.has_made(job)
        return self.memory.created or bool(self.memory.removing) or (self.memory.tried and not is_in_place)

    def wants_tags(self, *, is_in_place: bool) -> bool:
        """True if the stack still waits for the tags of a request. A return sets those of before."""
        return self.goes_forward() or (is_in_place and not self.stack().is_complete)

    def is_earlier(self, job: Job) -> bool:
        """True if a job was there before the request, whose own create may have been refused for that."""
        sent = self._request.sent
        return not self.memory.created and sent is not None and job.creation_time < sent

    def may_be_of_this_update(self, name: str) -> bool:
        """True if the stack's present update may have created the job of this name.

        A job that is not found may have been created a moment ago.
        """
        job = self.job(name)
        return job is None or self.ran_in_this_update(job)

    def is_late(self) -> bool:
        """True if the request belongs to an operation before the present one."""
        began_after = self.stack().began_after(self._request)
        if began_after is not None:
            return began_after
        resource = self._resource()
        if resource is None:
            self.believe("the stack has no such resource")
        return has_moved_on(resource, self._request)

    def is_given_up(self) -> bool:
        """True if an update of the resource has ended, although its stack is not rolling back.

        The usual update is over before this is asked.
        """
        if not self._request.is_update or self.elapsed < MINUTE:
            return False
        resource = self._resource() if self.stack().direction is Direction.FORWARD else None
        if resource is None or not resource.is_at_rest:
            self.memory = self.memory.over(_NOT_UPDATED)
            return False
        self.believe(_NOT_UPDATED)
        return True

    def is_known_late(self) -> bool:
        """True if the request is late, as far as CloudFormation says or has said anything."""
        self._check_time("DescribeStacks")
        try:
            if self.is_late():
                self.memory = replace(self.memory, late=True)
        except (CallError, DoubtError):
            # It stays late, whatever this look shows.
            pass
        return self.memory.late

    def is_resource(self, name: str) -> bool:
        """True if the request's resource is the job of this name."""
        if self._is_resource(name):
            return True
        self.believe(f"the resource is not {name}")
        return False

    def is_passed_over(self, job: Job) -> bool:
        """True if the stack goes on without a job of this request, because it took no response any more.

        A later operation may take the job as the resource, or may be cancelled before it has found it. A job
        that completed is kept: the next operation finds what it made.

        Raises:
            DoubtError: the stack may still take it, or that may not be seen yet.
        """
        resource, doubt = self._resource(), f"the resource is not {job.name}"
        if resource is not None and resource.physical_id == job.name:
            return False
        if job.kind.runs and job.is_completed:
            return False
        stack = self.stack()
        # A later operation that fails goes back to the job, if CloudFormation had taken it.
        may_go_back = not self.memory.abandoned and stack.may_go_back_to_before(self._request)
        if may_go_back or not stack.is_done_with(resource):
            # Each operation may take it, so each is looked at for as long.
            self.memory = self.memory.over(doubt)
            raise DoubtError(doubt, MINUTE)
        if resource is None:
            # It has left the stack with the job, unless the job was given up, or the stack is gone.
            self.believe(doubt)
            return bool(self.memory.abandoned) or stack.is_deleted
        if not (stack.is_deleted and has_moved_on(resource, self._request)):
            # Each may be shown as it was before.
            self.believe(doubt)
        if stack.direction is Direction.BACK or self.is_late():
            return True
        # What the update has replaced may be shown while it is deleted.
        return not (resource.is_being_deleted and resource.physical_id == self._request.physical_resource_id)

    def seems_to_be_resource(self, name: str) -> bool:
        """True if it is, in one look, as far as CloudFormation says anything."""
        self._check_time("DescribeStackResource")
        try:
            return self._is_resource(name)
        except CallError:
            return False

    def _is_resource(self, name: str) -> bool:
        resource = self._resource()
        return resource is not None and resource.physical_id == name

    def asked_within(self, call: str, seconds: float = float("inf")) -> bool:
        """True if a ``Stop`` or ``Delete`` of a job has been asked for, and not longer ago than this."""
        return self.elapsed - self.memory.asked.get(call, float("-inf")) < seconds

    def _resource(self) -> Resource | None:
        """The request's resource, in the one look of this decision."""
        if self._resource_seen is None:
            self._resource_seen = (self._ask("DescribeStackResource", self._queries.resource),)
        return self._resource_seen[0]

    def _ask(self, operation: str, query: Callable[[], T]) -> T:
        self._check_time(operation)
        result = query()
        self.memory = self.memory.over(f"{operation}: ")
        return result

    def _check_time(self, operation: str) -> None:
        """Makes sure that there is time for another call.

        Raises:
            CallError: the calls of this look have taken too long, so the next look asks.
        """
        if self._clock() - self.elapsed >= _LONG_LOOK:
            reason = f"{operation}: AWS took more than a minute for the calls before it. Try again later"
            raise CallError(ErrorKind.TRANSIENT, operation, reason)


def _no_job(name: str) -> str:
    return f"{NO_JOB}{name}"
