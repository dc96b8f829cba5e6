"""An account in memory, and looks at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from cdk_sagemaker_optimization.watch.account import Account
from cdk_sagemaker_optimization.watch.look import Event, Job, Look, Stack

START = datetime(2026, 11, 27, 8, tzinfo=UTC)
JOB_TYPE = "Custom::SageMakerOptimizationJob"
LEG_TYPE = "Custom::SageMakerOptimizationJobCompletion"
NAME = "models--awq-0123456789abcdef"
PIPELINE_JOB = "models--optimize-fedcba9876543210"
STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/Models/1"


def at(minutes: float) -> datetime:
    """The time so many minutes after the start."""
    return START + timedelta(minutes=minutes)


def error(code: str, message: str, operation: str = "Operation", status: int = 400) -> ClientError:
    """An error of an API."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


def described(name: str = NAME, status: str = "INPROGRESS", **members: Any) -> dict[str, Any]:
    """A response of DescribeOptimizationJob."""
    return {
        "OptimizationJobName": name,
        "OptimizationJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:optimization-job/{name}",
        "OptimizationJobStatus": status,
        "CreationTime": at(1),
        "OptimizationStartTime": at(4),
        "DeploymentInstanceType": "ml.g5.12xlarge",
        "OutputConfig": {"S3OutputLocation": f"s3://artifacts/llama/{name}/"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 4 * 3600, "MaxPendingTimeInSeconds": 3600},
        **members,
    }


def resource(
    logical_id: str,
    type: str,
    status: str,
    physical_id: str | None = None,
    *,
    minutes: float = 1,
    reason: str = "",
) -> dict[str, Any]:
    """A resource as ListStackResources has it."""
    members = {"PhysicalResourceId": physical_id, "ResourceStatusReason": reason}
    return {
        "LogicalResourceId": logical_id,
        "ResourceType": type,
        "ResourceStatus": status,
        "LastUpdatedTimestamp": at(minutes),
        **{name: value for name, value in members.items() if value},
    }


def event(
    logical_id: str, type: str, status: str, physical_id: str = "", *, minutes: float = 1, reason: str = ""
) -> dict[str, Any]:
    """An event as DescribeStackEvents has it."""
    return {
        "Timestamp": at(minutes),
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceType": type,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


@dataclass
class FakeAws:
    """CloudFormation and SageMaker.

    Attributes:
        page: How many stacks, resources or events a page has.
        failures: What operations raise, by their methods' names.
    """

    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    page: int = 100
    failures: dict[str, Exception] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name="us-east-1"))

    @property
    def account(self) -> Account:
        return Account(cloudformation=self, sagemaker=self)

    def add_stack(
        self,
        name: str = "Models",
        status: str = "CREATE_IN_PROGRESS",
        *resources: dict[str, Any],
        events: tuple[dict[str, Any], ...] = (),
        id: str = STACK_ID,
        **members: Any,
    ) -> str:
        """A stack with resources and, the newest first, events."""
        self.stacks[id] = {
            "StackId": id,
            "StackName": name,
            "StackStatus": status,
            "CreationTime": at(0),
            **members,
        }
        self.resources[id] = list(resources)
        self.events[id] = list(events)
        return id

    def add_waiting(self, **members: Any) -> str:
        """A stack that is being created and waits for its job."""
        self.jobs[NAME] = described(**members)
        return self.add_stack(
            "Models",
            "CREATE_IN_PROGRESS",
            resource("Logs", "AWS::Logs::LogGroup", "CREATE_COMPLETE", "function-logs"),
            resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME),
            resource("AwqLeg1", LEG_TYPE, "CREATE_IN_PROGRESS"),
            events=(
                event("AwqLeg1", LEG_TYPE, "CREATE_IN_PROGRESS", minutes=1),
                event("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME, minutes=1),
                event("Models", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", STACK_ID, minutes=0),
            ),
        )

    def add_pipeline(
        self, status: str = "CREATE_COMPLETE", *, id: str = STACK_ID, **members: Any
    ) -> dict[str, str]:
        """A stack whose pipeline runs a job. Returns the tags of the job."""
        self.jobs[PIPELINE_JOB] = described(PIPELINE_JOB, **members)
        self.tags[self.jobs[PIPELINE_JOB]["OptimizationJobArn"]] = tags = {
            "team": "search",
            "cdk-sagemaker-optimization:stack": id,
            "cdk-sagemaker-optimization:resource": "Optimize",
        }
        self.add_stack("Models", status, id=id)
        return tags

    # --- the API --------------------------------------------------------------------------------------------

    def describe_stacks(self, StackName: str = "", NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self._called("describe_stacks")
        deleted = "DELETE_COMPLETE"
        if not StackName:
            return self._page(
                "Stacks", [s for s in self.stacks.values() if s["StackStatus"] != deleted], NextToken
            )
        for stack in self.stacks.values():
            if StackName == stack["StackId"]:
                return {"Stacks": [stack]}
            if StackName == stack["StackName"] and stack["StackStatus"] != deleted:
                return {"Stacks": [stack]}
        raise error("ValidationError", f"Stack with id {StackName} does not exist", "DescribeStacks")

    def list_stack_resources(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self._called("list_stack_resources")
        return self._page("StackResourceSummaries", self.resources[StackName], NextToken)

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self._called("describe_stack_events")
        return self._page("StackEvents", self.events[StackName], NextToken)

    def describe_optimization_job(self, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        self._called("describe_optimization_job")
        if OptimizationJobName not in self.jobs:
            raise error("ResourceNotFound", "Could not find it", "DescribeOptimizationJob")
        return self.jobs[OptimizationJobName]

    def list_optimization_jobs(
        self,
        NameContains: str,  # noqa: N803
        StatusEquals: str,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        self._called("list_optimization_jobs")
        found = [
            job
            for name, job in self.jobs.items()
            if NameContains in name and job["OptimizationJobStatus"] == StatusEquals
        ]
        members = ("OptimizationJobName", "OptimizationJobArn", "CreationTime")
        summaries = [{member: job[member] for member in members} for job in found]
        return self._page("OptimizationJobSummaries", summaries, NextToken)

    def list_tags(self, ResourceArn: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self._called("list_tags")
        tags = [{"Key": key, "Value": value} for key, value in self.tags.get(ResourceArn, {}).items()]
        return self._page("Tags", tags, NextToken)

    def stop_optimization_job(self, OptimizationJobName: str) -> None:  # noqa: N803
        self._called("stop_optimization_job")
        self.jobs[OptimizationJobName]["OptimizationJobStatus"] = "STOPPING"

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        if name in self.failures:
            raise self.failures[name]

    def _page(self, member: str, items: list[dict[str, Any]], token: str) -> dict[str, Any]:
        start, end = int(token), int(token) + self.page
        return {member: items[start:end], **({"NextToken": str(end)} if end < len(items) else {})}


def job(status: str = "INPROGRESS", **members: Any) -> Job:
    """A job that was created after a minute and got its instance three minutes later."""
    facts: dict[str, Any] = {
        "name": NAME,
        "logical_id": "Awq",
        "resource_status": "CREATE_COMPLETE",
        "updated": at(1),
        "created": at(1),
        "started": at(4),
        "instance_type": "ml.g5.12xlarge",
        "max_runtime": 4 * 3600,
        "max_pending_time": 3600,
        "output_location": "s3://artifacts/llama/",
    }
    return Job(status=status, **{**facts, **members})


def stack(status: str = "CREATE_IN_PROGRESS", *jobs: Job, **members: Any) -> Stack:
    """A stack of jobs."""
    facts: dict[str, Any] = {"id": STACK_ID, "name": "Models", "reason": "", "changed": at(0)}
    return Stack(status=status, jobs=jobs, **{**facts, **members})


def look(*stacks: Stack, minutes: float = 30, **members: Any) -> Look:
    """A look at stacks."""
    facts: dict[str, Any] = {"region": "us-east-1", "time": at(minutes), "seen": at(minutes)}
    return Look(stacks=stacks, **{**facts, **members})


def failure(reason: str, minutes: float = 20) -> Event:
    """The event of a leg that failed."""
    return Event(at(minutes), "AwqLeg1", "Models/AwqLeg1", LEG_TYPE, "CREATE_FAILED", reason)
