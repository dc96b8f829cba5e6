"""The calls to CloudFormation and SageMaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3.session
from botocore.config import Config

from .look import RUNNING, Event, Resource
from .problems import ERRORS, Missing, problem_of

#: Adaptive: after a call is throttled, the next ones come more slowly. AWS_MAX_ATTEMPTS has the tries.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "adaptive"},
    user_agent_extra="cdk-sagemaker-optimization",
)

#: The events of a stack that one call returns.
PAGE = 100

_DESCRIBE_STACKS = "cloudformation:DescribeStacks"


class Account:
    """An account in one Region.

    Args:
        cloudformation: A client of boto3.
        sagemaker: A client of boto3.
    """

    def __init__(self, *, cloudformation: Any, sagemaker: Any) -> None:
        self._cloudformation = cloudformation
        self._sagemaker = sagemaker

    @classmethod
    def of(cls, profile: str | None, region: str | None) -> Account:
        """Return the account that the AWS CLI would use.

        Raises:
            Problem: there is no such profile, or no Region.
        """
        try:
            session = boto3.session.Session(profile_name=profile, region_name=region)
            client: Any = session.client
            return cls(
                cloudformation=client("cloudformation", config=_CONFIG),
                sagemaker=client("sagemaker", config=_CONFIG),
            )
        except ERRORS as error:
            raise problem_of(error) from error

    @property
    def region(self) -> str:
        """The Region."""
        return str(self._sagemaker.meta.region_name)

    def stacks(self) -> list[dict[str, Any]]:
        """Return the descriptions of all stacks but the deleted ones.

        Raises:
            Problem: the call failed.
        """
        return self._all(_DESCRIBE_STACKS, self._cloudformation.describe_stacks, "Stacks")

    def stack(self, name: str) -> dict[str, Any] | None:
        """Return the description of a stack. None if there is none of this name or id.

        Raises:
            Problem: the call failed.
        """
        found = self._all(_DESCRIBE_STACKS, self._cloudformation.describe_stacks, "Stacks", StackName=name)
        return found[0] if found else None

    def resources(self, stack_id: str) -> list[Resource]:
        """Return the resources of a stack. None are left of a stack that is gone.

        Raises:
            Problem: the call failed.
        """
        summaries = self._all(
            "cloudformation:ListStackResources",
            self._cloudformation.list_stack_resources,
            "StackResourceSummaries",
            StackName=stack_id,
        )
        return [
            Resource(
                logical_id=each["LogicalResourceId"],
                physical_id=each.get("PhysicalResourceId") or "",
                type=each["ResourceType"],
                status=each["ResourceStatus"],
                reason=each.get("ResourceStatusReason") or "",
                updated=each["LastUpdatedTimestamp"],
            )
            for each in summaries
        ]

    def events(self, stack_id: str) -> Iterator[Event]:
        """Yield the events of a stack, the newest first. Each `PAGE` of them takes a call.

        Raises:
            Problem: the call failed.
        """
        for each in self._items(
            "cloudformation:DescribeStackEvents",
            self._cloudformation.describe_stack_events,
            "StackEvents",
            StackName=stack_id,
        ):
            yield Event(
                time=each["Timestamp"],
                logical_id=each.get("LogicalResourceId") or "",
                physical_id=each.get("PhysicalResourceId") or "",
                type=each.get("ResourceType") or "",
                status=each.get("ResourceStatus") or "",
                reason=each.get("ResourceStatusReason") or "",
            )

    def job(self, name: str) -> dict[str, Any] | None:
        """Return the description of a job. None if SageMaker has none.

        Raises:
            Problem: the call failed.
        """
        return self._call(
            "sagemaker:DescribeOptimizationJob",
            self._sagemaker.describe_optimization_job,
            OptimizationJobName=name,
        )

    def running_jobs(self) -> list[dict[str, Any]]:
        """Return the summaries of all jobs with generated names that may still change.

        Raises:
            Problem: the call failed.
        """
        return [
            summary
            # In the order in which a job has them, so that none is missed that changes between two calls.
            for status in RUNNING
            for summary in self._all(
                "sagemaker:ListOptimizationJobs",
                self._sagemaker.list_optimization_jobs,
                "OptimizationJobSummaries",
                NameContains="--",
                StatusEquals=status,
            )
        ]

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a job. None are left of a job that is gone.

        Raises:
            Problem: the call failed.
        """
        found = self._all("sagemaker:ListTags", self._sagemaker.list_tags, "Tags", ResourceArn=arn)
        return {each["Key"]: each["Value"] for each in found}

    def stop(self, name: str) -> None:
        """Stop a job.

        Raises:
            Problem: the call failed, for example because the job has ended.
        """
        try:
            self._sagemaker.stop_optimization_job(OptimizationJobName=name)
        except ERRORS as error:
            raise problem_of(error, "sagemaker:StopOptimizationJob") from error

    def _all(
        self, operation: str, call: Callable[..., Any], member: str, **parameters: str
    ) -> list[dict[str, Any]]:
        return list(self._items(operation, call, member, **parameters))

    def _items(
        self, operation: str, call: Callable[..., Any], member: str, **parameters: str
    ) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages. The next page is asked for when its first item is."""
        while True:
            response = self._call(operation, call, **parameters) or {}
            yield from response.get(member, [])
            if not response.get("NextToken"):
                return
            parameters["NextToken"] = response["NextToken"]

    def _call(self, operation: str, call: Callable[..., Any], **parameters: str) -> dict[str, Any] | None:
        """Return the response. None if what the call is about does not exist."""
        try:
            response: dict[str, Any] = call(**parameters)
        except ERRORS as error:
            problem = problem_of(error, operation)
            if isinstance(problem, Missing):
                return None
            raise problem from error
        return response
