"""The calls to CloudFormation, which asks nothing but what a stack and its resource are now."""

from __future__ import annotations

from typing import Any

from ..errors import API_ERRORS, CallError, ErrorKind
from .request import Request
from .stack import Resource, Stack


class Stacks:
    """Reads of the stack of a request."""

    def __init__(self, client: Any, request: Request) -> None:
        self._client = client
        self._request = request

    def stack(self) -> Stack:
        """The stack; its status is ABSENT if there is none.

        Raises:
            CallError: CloudFormation did not say.
        """
        response = self._call(
            "DescribeStacks", lambda: self._client.describe_stacks(StackName=self._request.stack_id)
        )
        stacks = response["Stacks"] if response else []
        if not stacks:
            return Stack("ABSENT")
        return Stack(stacks[0]["StackStatus"], stacks[0].get("LastUpdatedTime"))

    def resource(self) -> Resource | None:
        """The request's resource; None if the stack does not have it any more.

        Raises:
            CallError: CloudFormation did not say.
        """
        response = self._call(
            "DescribeStackResource",
            lambda: self._client.describe_stack_resource(
                StackName=self._request.stack_id, LogicalResourceId=self._request.logical_resource_id
            ),
        )
        if response is None:
            return None
        detail = response["StackResourceDetail"]
        return Resource(
            detail.get("PhysicalResourceId"),
            detail.get("LastUpdatedTimestamp"),
            detail.get("ResourceStatus"),
        )

    def _call(self, operation: str, call: Any) -> dict[str, Any] | None:
        try:
            response: dict[str, Any] = call()
        except API_ERRORS as error:
            trouble = CallError.of(error, operation)
            if trouble.kind is ErrorKind.NOT_FOUND:
                return None
            raise trouble from error
        return response
