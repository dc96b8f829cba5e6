"""The calls to SageMaker. Each one works, or raises a CallError that says what kind of error it met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from botocore import xform_name

from ..errors import API_ERRORS, CallError, ErrorKind
from ..log import log
from .job import Job
from .kind import JobKind

T = TypeVar("T")

#: A job has no more, so one page has them all.
_MOST_TAGS = 50


class SageMaker:
    """The jobs of one kind, of one account and Region."""

    def __init__(self, client: Any, kind: JobKind) -> None:
        self._client = client
        self._kind = kind

    def job(self, name: str) -> Job | None:
        """The job of this name; None if there is none."""
        response: dict[str, Any] | None = self._unless_not_found(*self._named("Describe", name))
        return None if response is None else Job.parse(self._kind, response)

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a job."""
        response = self._call(
            lambda: self._client.list_tags(ResourceArn=arn, MaxResults=_MOST_TAGS), "ListTags"
        )
        return {tag["Key"]: tag["Value"] for tag in response["Tags"]}

    def create(self, request: dict[str, Any], *, again: bool = False) -> str:  # noqa: ARG002
        """Creates a job from the parameters of the kind's Create operation, and returns its ARN."""
        response: dict[str, Any] = self._call(*self._operation("Create", **request))
        return str(response.get(self._kind.arn_member, ""))

    def stop(self, name: str) -> None:
        """Asks for the end of a running job; a job that does not exist needs none."""
        self._unless_not_found(*self._named("Stop", name))

    def delete(self, name: str) -> None:
        """Deletes the record of a job; what the job made stays."""
        self._unless_not_found(*self._named("Delete", name))

    def retag(self, arn: str, added: dict[str, str], removed: Sequence[str]) -> None:
        """Removes tags from a job, and adds others or changes their values.

        A job that has the most tags has no room for a new one before an old one is removed.
        """
        if removed:
            self._call(lambda: self._client.delete_tags(ResourceArn=arn, TagKeys=list(removed)), "DeleteTags")
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            self._call(lambda: self._client.add_tags(ResourceArn=arn, Tags=tags), "AddTags")

    def _named(self, verb: str, name: str) -> tuple[Callable[[], Any], str]:
        return self._operation(verb, **{self._kind.name_member: name})

    def _operation(self, verb: str, **request: Any) -> tuple[Callable[[], Any], str]:
        operation = self._kind.operation(verb)
        return lambda: getattr(self._client, xform_name(operation))(**request), operation

    def _unless_not_found(self, call: Callable[[], T], operation: str) -> T | None:
        try:
            return self._call(call, operation)
        except CallError as trouble:
            if trouble.kind is not ErrorKind.NOT_FOUND:
                raise
            if not trouble.is_plain:
                log("taken for not found", level="WARNING", why=str(trouble))
            return None

    def _call(self, call: Callable[[], T], operation: str) -> T:
        try:
            return call()
        except API_ERRORS as error:
            raise CallError.of(error, operation) from error
