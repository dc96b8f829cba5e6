"""Which way a stack is going.

A request of CloudFormation can be overtaken: a create is cancelled, the stack is rolled back or deleted, and
the request is still in a queue, or waits for a free quota. A job that is started then is one that nobody
knows of. So a job is started only while its stack goes forward, and the stack is asked once more when it has
been started: either the one that deletes sees the job, or the one that creates sees the deletion.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .job import Job
from .request import Request
from .trouble import Kind, TroubleError

#: Two clocks of CloudFormation may differ by this much.
_SLACK = timedelta(seconds=30)

_TRIED_AGAIN = (
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
)

_FORWARD = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


class Stack:
    """The stack that a request came from."""

    def __init__(self, client: Any, request: Request) -> None:
        self._client = client
        self._request = request

    def goes_forward(self) -> bool:
        """Whether the operation that the request belongs to creates or updates resources.

        It does not if the stack is rolled back, deleted or left alone, or if it is updated by now for a
        reason that came up after the request.

        Raises:
            TroubleError: CloudFormation did not say.
        """
        stack = self._describe()
        return stack is not None and stack["StackStatus"] in _FORWARD and not self._began_later(stack)

    def may_ask_again(self) -> bool:
        """Whether what the stack deletes now may be asked for again: by the next try of an update that is
        rolled back, or at once, because an update deletes what an earlier deployment has left failed before
        it creates that anew. What left the template is deleted only after the update.

        Raises:
            TroubleError: CloudFormation did not say.
        """
        stack = self._describe()
        return stack is not None and stack["StackStatus"] in _TRIED_AGAIN

    def started(self, job: Job) -> bool:
        """Whether the job was created since the stack's present update began.

        Raises:
            TroubleError: CloudFormation did not say.
        """
        began = (self._describe() or {}).get("LastUpdatedTime")
        return began is not None and job.creation_time >= began

    def physical_resource_id(self) -> str | None:
        """The id that the request's resource has now; None if the stack does not have it any more.

        Raises:
            TroubleError: CloudFormation did not say.
        """
        try:
            response = self._client.describe_stack_resource(
                StackName=self._request.stack_id, LogicalResourceId=self._request.logical_resource_id
            )
        except (ClientError, BotoCoreError) as error:
            trouble = TroubleError.of(error, "DescribeStackResource")
            if trouble.kind is Kind.NOT_FOUND:
                return None
            raise trouble from error
        physical_id: str | None = response["StackResourceDetail"].get("PhysicalResourceId")
        return physical_id

    def _describe(self) -> dict[str, Any] | None:
        try:
            stacks = self._client.describe_stacks(StackName=self._request.stack_id)["Stacks"]
        except (ClientError, BotoCoreError) as error:
            trouble = TroubleError.of(error, "DescribeStacks")
            if trouble.kind is Kind.NOT_FOUND:
                return None
            raise trouble from error
        return stacks[0] if stacks else None

    def _began_later(self, stack: dict[str, Any]) -> bool:
        sent = self._request.sent
        began = stack.get("LastUpdatedTime")
        return sent is not None and began is not None and began > sent + _SLACK
