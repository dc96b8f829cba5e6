"""Which way a stack is going.

A request of CloudFormation can be overtaken: a create is cancelled, the stack is rolled back or deleted, and
the request is still in a queue, or waits for a free quota. A job that is started then is one that nobody
knows of. So a job is started only while its stack goes forward, and the stack is asked once more when it has
been started: either the one that deletes sees the job, or the one that creates sees the deletion.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .trouble import Kind, TroubleError

_FORWARD = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


class Stack:
    """The stack that a request came from."""

    def __init__(self, client: Any, stack_id: str) -> None:
        self._client = client
        self._stack_id = stack_id

    def goes_forward(self) -> bool:
        """Whether resources are being created or updated, and not rolled back, deleted or left alone.

        Raises:
            TroubleError: CloudFormation did not say.
        """
        try:
            stacks = self._client.describe_stacks(StackName=self._stack_id)["Stacks"]
        except (ClientError, BotoCoreError) as error:
            trouble = TroubleError.of(error, "DescribeStacks")
            if trouble.kind is Kind.NOT_FOUND:
                return False
            raise trouble from error
        return bool(stacks) and stacks[0]["StackStatus"] in _FORWARD
