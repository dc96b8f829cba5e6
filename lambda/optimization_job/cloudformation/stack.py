"""The direction of a stack: forward, back, or at rest.

A request of CloudFormation can be overtaken: a create is cancelled, the stack is rolled back or deleted, and
the request is still in a queue, or waits for a free quota. A job that is started then is one that nobody
knows of. So a job is started only while its stack is not rolling back, and the stack is asked once more when
it has been started: either the one that deletes sees the job, or the one that creates sees the deletion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from .request import Request

#: How far two clocks of CloudFormation may differ. Up to the second limit, the resource itself is asked.
_PRECISION = timedelta(seconds=2)
_SLACK = timedelta(seconds=30)

_FORWARD = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")

_TRIED_AGAIN = (
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
)

#: A stack in these can only be deleted.
_LOST = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED")


class Direction(Enum):
    """The direction in which a stack's operation goes."""

    #: The operation that the request belongs to creates or updates resources.
    FORWARD = "forward"
    #: The stack is rolled back or deleted.
    BACK = "back"
    #: No operation asks for resources, which cannot be: either the request is late, or what the API says is.
    AT_REST = "at rest"


@dataclass(frozen=True)
class Resource:
    """The request's resource, as its stack has it."""

    #: None until its create has had a response.
    physical_id: str | None
    changed: datetime | None = None
    status: str | None = None

    @property
    def is_at_rest(self) -> bool:
        """True if nothing is done about it."""
        return self.status is not None and not self.status.endswith("_IN_PROGRESS")

    @property
    def is_being_deleted(self) -> bool:
        """True if it is deleted, or has been."""
        return self.status is not None and self.status.startswith("DELETE_")


@dataclass(frozen=True)
class Stack:
    """A stack as CloudFormation describes it. One that is not there has the status ABSENT."""

    status: str
    #: When its last update began.
    began: datetime | None = None

    @property
    def direction(self) -> Direction:
        """The direction that the status shows."""
        if self.status in _FORWARD:
            return Direction.FORWARD
        if self.status.startswith("DELETE_") or self.status in _LOST:
            return Direction.BACK
        if "ROLLBACK" in self.status and self.status.endswith("_IN_PROGRESS"):
            return Direction.BACK
        return Direction.AT_REST

    @property
    def is_busy(self) -> bool:
        """True if an operation goes on."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def is_complete(self) -> bool:
        """True if nothing goes on, and nothing is left to do, in the stack."""
        return self.status.endswith("_COMPLETE")

    @property
    def is_deleted(self) -> bool:
        """True if it is deleted, or has been."""
        return self.status == "ABSENT" or self.status.startswith("DELETE_")

    @property
    def may_have_been_left(self) -> bool:
        """True if another operation can follow this rollback, so that it may be one of before."""
        return self.direction is Direction.BACK and self.status.startswith("UPDATE_")

    @property
    def may_try_again(self) -> bool:
        """True if what the stack deletes now may be asked for again.

        The next try of an update that is rolled back may do so. So may the present update: it deletes what an
        earlier deployment has left failed before it creates that again. What left the template is deleted
        only after the update.
        """
        return self.status in _TRIED_AGAIN

    def is_done_with(self, resource: Resource | None) -> bool:
        """True if no update that goes on will change a resource again."""
        if self.direction is not Direction.FORWARD:
            return self.direction is Direction.BACK or resource is None or resource.is_at_rest
        if resource is None or not resource.is_at_rest or resource.changed is None:
            return False
        return self.began is not None and resource.changed > self.began

    def may_go_back_to_before(self, request: Request) -> bool:
        """True if an update goes on that may have begun after the request, and so may be taken back to it."""
        return self.is_busy and not self.is_deleted and self.began_after(request) is not False

    def began_after(self, request: Request) -> bool | None:
        """True if its present update began after the request; None if the times are too close to say."""
        sent = request.sent
        if self.began is None or (sent is not None and self.began <= sent + _PRECISION):
            return False
        return None if sent is None or self.began <= sent + _SLACK else True


def has_moved_on(resource: Resource | None, request: Request) -> bool:
    """True if a request is late although the times of its stack do not show that.

    Its resource is gone then, or has changed since.
    """
    if resource is None:
        return True
    sent, changed = request.sent, resource.changed
    return sent is not None and changed is not None and changed > sent + _PRECISION * 2
