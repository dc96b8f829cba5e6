"""The calls to SageMaker, and what they cannot do: each either worked or raises a TroubleError that says of
which kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..deciding.names import OWNER_TAG, Owner
from ..errors import API_ERRORS, Kind, TroubleError
from ..log import log
from .job import Job

T = TypeVar("T")

#: A job has no more, so one page has them all.
_MOST_TAGS = 50


class SageMaker:
    """Optimization jobs of one account and Region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def job(self, name: str) -> Job | None:
        """The job of this name; None if there is none."""
        response = self._unless_not_found(
            lambda: self._client.describe_optimization_job(OptimizationJobName=name),
            "DescribeOptimizationJob",
        )
        return None if response is None else Job.parse(response)

    def owner(self, job: Job) -> Owner | None:
        """What a job with a chosen name says of itself; None if it was not made by this library."""
        response = self._call(
            lambda: self._client.list_tags(ResourceArn=job.arn, MaxResults=_MOST_TAGS), "ListTags"
        )
        tags = {tag["Key"]: tag["Value"] for tag in response["Tags"]}
        return Owner.parse(tags.get(OWNER_TAG))

    def create(self, request: dict[str, Any]) -> None:
        self._call(lambda: self._client.create_optimization_job(**request), "CreateOptimizationJob")

    def stop(self, name: str) -> None:
        self._unless_not_found(
            lambda: self._client.stop_optimization_job(OptimizationJobName=name), "StopOptimizationJob"
        )

    def delete(self, name: str) -> None:
        """Deletes the record of a job; what the job made stays."""
        self._unless_not_found(
            lambda: self._client.delete_optimization_job(OptimizationJobName=name), "DeleteOptimizationJob"
        )

    def tag(self, arn: str, tags: dict[str, str]) -> None:
        wanted = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._call(lambda: self._client.add_tags(ResourceArn=arn, Tags=wanted), "AddTags")

    def untag(self, arn: str, keys: list[str]) -> None:
        self._call(lambda: self._client.delete_tags(ResourceArn=arn, TagKeys=keys), "DeleteTags")

    def _unless_not_found(self, call: Callable[[], T], operation: str) -> T | None:
        try:
            return self._call(call, operation)
        except TroubleError as trouble:
            if trouble.kind is not Kind.NOT_FOUND:
                raise
            if not trouble.is_plain:
                log("taken for not found", level="WARNING", why=str(trouble))
            return None

    def _call(self, call: Callable[[], T], operation: str) -> T:
        try:
            return call()
        except API_ERRORS as error:
            raise TroubleError.of(error, operation) from error
