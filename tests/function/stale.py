"""Reads that do not show yet what is the case, and calls that are refused for some time."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import pytest

from tests.simulation import SimulatedAws
from tests.simulation.faults import client_error


def jobs_unseen_for(monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws, seconds: float) -> None:
    """DescribeOptimizationJob does not find a job that is younger than this."""
    describe = aws.sagemaker.describe_optimization_job

    def stale(*, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        job = aws.sagemaker.jobs.get(OptimizationJobName)
        if job is not None and aws.time - job.created < seconds:
            raise client_error("DescribeOptimizationJob", "ResourceNotFound", "Could not find it")
        return describe(OptimizationJobName=OptimizationJobName)

    monkeypatch.setattr(aws.sagemaker, "describe_optimization_job", stale)


def tags_unseen_for(
    monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws, seconds: float, error: tuple[str, str] | None = None
) -> None:
    """ListTags shows nothing, or fails so, for a job that is younger than this."""
    list_tags = aws.sagemaker.list_tags

    def stale(*, ResourceArn: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        job = aws.sagemaker.jobs.get(ResourceArn.rpartition("/")[2])
        if job is None or aws.time - job.created >= seconds:
            return list_tags(ResourceArn=ResourceArn, MaxResults=MaxResults)
        if error:
            raise client_error("ListTags", *error)
        return {"Tags": []}

    monkeypatch.setattr(aws.sagemaker, "list_tags", stale)


def stack_seen_as(
    monkeypatch: pytest.MonkeyPatch,
    aws: SimulatedAws,
    stack: dict[str, Any] | None,
    *,
    reads: Container[int] | None = None,
    seconds: float = 0,
) -> None:
    """DescribeStacks shows this of the stack (None: that there is no such stack) in some reads, which are
    counted from 1, or until some seconds have passed.
    """
    describe, began, count = aws.describe_stacks, aws.time, 0

    def stale(*, StackName: str) -> dict[str, Any]:  # noqa: N803
        nonlocal count
        count += 1
        response = describe(StackName=StackName)
        is_stale = aws.time - began < seconds if reads is None else count in reads
        if not is_stale:
            return response
        if stack is None:
            raise client_error("DescribeStacks", "ValidationError", f"Stack {StackName} does not exist")
        return {"Stacks": [{**response["Stacks"][0], **stack}]}

    monkeypatch.setattr(aws, "describe_stacks", stale)


def refuse_while(
    aws: SimulatedAws, operation: str, condition: Callable[[], bool], code: str, message: str = ""
) -> None:
    """The calls of an operation are refused as long as this is so."""
    status = 503 if code == "ServiceUnavailable" else 400

    def refuse(called: str) -> None:
        if called == operation and condition():
            raise client_error(operation, code, message, status)

    aws.faults.before.append(refuse)


def missing_once(aws: SimulatedAws, *, after: float = 0) -> None:
    """The first DescribeOptimizationJob that comes so many seconds from now does not find its job."""
    came: list[float] = []
    began = aws.time

    def is_first() -> bool:
        if aws.time - began >= after:
            came.append(aws.time)
        return len(came) == 1

    refuse_while(aws, "DescribeOptimizationJob", is_first, "ResourceNotFound", "Could not find it")
