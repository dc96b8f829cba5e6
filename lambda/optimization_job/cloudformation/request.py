"""The request that CloudFormation sends about a custom resource.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..contract import ENDPOINT_VERIFICATION_TYPE, SERVICE_TIMEOUT
from ..sagemaker.kind import JobKind
from ..sagemaker.kinds import KINDS

#: Seconds that CloudFormation waits for a response, unless ServiceTimeout says less,
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
LONGEST = 3600

#: The older form of the address says when it expires, two hours after it was signed.
_LIFETIME_OF_THE_ADDRESS = timedelta(hours=2)


class RequestType(StrEnum):
    """The operation that CloudFormation asks for."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class MalformedRequestError(ValueError):
    """A document that is no request of CloudFormation's for one of our resources."""


@dataclass(frozen=True)
class Request:
    """One request. Property values are as CloudFormation sends them: numbers and booleans are strings."""

    request_type: RequestType
    request_id: str
    resource_type: str
    logical_resource_id: str
    stack_id: str
    properties: dict[str, Any]
    old_properties: dict[str, Any]
    physical_resource_id: str | None
    #: A credential: who has it can respond in our place. It is in no log and in no message.
    response_url: str = field(repr=False)

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Request:
        """The request in a document that the function was invoked with.

        Raises:
            MalformedRequestError: names what is missing or wrong, never a value that could be a credential.
        """
        missing = [name for name in _REQUIRED if not isinstance(document.get(name), str)]
        if missing:
            raise MalformedRequestError(
                f"a request of CloudFormation has {', '.join(_REQUIRED)}; missing: {', '.join(missing)}"
            )
        if document["RequestType"] not in list(RequestType):
            raise MalformedRequestError(
                f"RequestType must be Create, Update or Delete, got {document['RequestType']!r}"
            )
        if document["ResourceType"] not in KINDS:
            raise MalformedRequestError(
                f"ResourceType must be {' or '.join(KINDS)}, got {document['ResourceType']!r}"
            )
        return cls(
            request_type=RequestType(document["RequestType"]),
            request_id=document["RequestId"],
            resource_type=document["ResourceType"],
            logical_resource_id=document["LogicalResourceId"],
            stack_id=document["StackId"],
            properties=document.get("ResourceProperties") or {},
            old_properties=document.get("OldResourceProperties") or {},
            physical_resource_id=document.get("PhysicalResourceId"),
            response_url=document["ResponseURL"],
        )

    @property
    def kind(self) -> JobKind:
        """The kind that the request is about."""
        return KINDS[self.resource_type]

    @property
    def is_of_job(self) -> bool:
        """True if the resource is a job, and not one that waits for a job."""
        return self.resource_type == self.kind.resource_type

    @property
    def is_of_verification(self) -> bool:
        """True if the resource compares what an endpoint serves with what was deployed."""
        return self.resource_type == ENDPOINT_VERIFICATION_TYPE

    @property
    def ids(self) -> dict[str, str]:
        """By what a line of the log names the request."""
        return {
            "request_id": self.request_id,
            "request_type": str(self.request_type),
            "resource_type": self.resource_type,
            "logical_resource_id": self.logical_resource_id,
            "stack": self.stack_name,
        }

    @property
    def is_create(self) -> bool:
        """True if the resource is new."""
        return self.request_type is RequestType.CREATE

    @property
    def is_update(self) -> bool:
        """True if the resource exists and its properties have changed."""
        return self.request_type is RequestType.UPDATE

    @property
    def is_delete(self) -> bool:
        """True if the resource leaves its stack, or another one has replaced it."""
        return self.request_type is RequestType.DELETE

    @property
    def sent(self) -> datetime | None:
        """The time at which CloudFormation signed the address of the response; None if it does not say.

        The hour in which CloudFormation waits begins here, and a request may spend a part of it in a queue.
        """
        try:
            query = parse_qs(urlsplit(self.response_url).query)
            if "X-Amz-Date" in query:
                return datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%S%z")
            return datetime.fromtimestamp(int(query["Expires"][0]), UTC) - _LIFETIME_OF_THE_ADDRESS
        except (KeyError, ValueError, OverflowError, OSError):
            return None

    @property
    def time_limit(self) -> int:
        """Seconds that CloudFormation waits for the response."""
        text = str(self.properties.get(SERVICE_TIMEOUT, LONGEST))
        return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST else LONGEST

    @property
    def partition(self) -> str:
        """The partition of AWS that the stack is in, as in ``aws``; empty if the stack's id is no ARN."""
        return self._arn_part(1)

    @property
    def region(self) -> str:
        """The stack's Region; empty if the stack's id is no ARN."""
        return self._arn_part(3)

    @property
    def account(self) -> str:
        """The stack's account; empty if the stack's id is no ARN."""
        return self._arn_part(4)

    @property
    def stack_name(self) -> str:
        """The stack's name; empty if the stack's id is no ARN."""
        return self._arn_part(5).partition("/")[2].partition("/")[0]

    def job_arn(self, name: str) -> str:
        """The ARN of a job of the stack's account and Region."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{self.kind.arn_name}/{name}"

    def _arn_part(self, index: int) -> str:
        parts = self.stack_id.split(":", 5)
        return parts[index] if len(parts) > index else ""


_REQUIRED = ("RequestType", "RequestId", "ResourceType", "LogicalResourceId", "StackId", "ResponseURL")
