"""Puts the function's rooms together with the services they talk to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .advance import Advancer
from .clients import client
from .cloudformation.calls import Stacks
from .cloudformation.request import Request
from .cloudformation.stack import Resource, Stack
from .contract import QUOTA_JITTER_VARIABLE, QUOTA_TIMEOUT_VARIABLE, STATE_MACHINE_ARN_VARIABLE
from .deciding.names import OWNER_TAG, Owner
from .deciding.patience import QuotaQueue
from .pipeline import Tokens
from .sagemaker.calls import SageMaker
from .sagemaker.job import Job
from .sagemaker.kind import JobKind
from .sagemaker.versions import Versions
from .tracking import CountedJobs, Counter, Events


@dataclass(frozen=True)
class AwsQueries:
    """The queries of one request: its jobs and its stack."""

    sagemaker: SageMaker
    request: Request
    #: Each job as it was seen last.
    seen: dict[str, Job | None] = field(default_factory=dict)

    def job(self, name: str, kind: JobKind) -> Job | None:
        """The job of this name and kind; None if there is none."""
        calls = self.sagemaker if kind is self.request.kind else sagemaker(kind)
        self.seen[name] = calls.job(name)
        return self.seen[name]

    def owner(self, job: Job) -> Owner | None:
        """The owner that the job's tag names; None without the tag."""
        return Owner.parse(self.sagemaker.tags(job.arn).get(OWNER_TAG))

    def stack(self) -> Stack:
        """The stack of the request."""
        return self._stacks.stack()

    def resource(self) -> Resource | None:
        """The request's resource; None if the stack does not have it any more."""
        return self._stacks.resource()

    @property
    def _stacks(self) -> Stacks:
        return Stacks(client("cloudformation"), self.request)


def queries_of(request: Request) -> AwsQueries:
    """The queries that a request needs."""
    return AwsQueries(_sagemaker_of(request), request)


def sagemaker(kind: JobKind) -> SageMaker:
    """The calls to SageMaker for jobs of one kind."""
    return SageMaker(client("sagemaker"), kind)


def _sagemaker_of(request: Request) -> SageMaker:
    """The calls to SageMaker for what a request is about."""
    kind = request.kind
    if kind.names_are_unique:
        return sagemaker(kind)
    # An update may be about a version of another group than before.
    groups = [each.get(kind.group_member) for each in (request.properties, request.old_properties)]
    named = list(dict.fromkeys(group for group in groups if isinstance(group, str) and group))
    return Versions(client("sagemaker"), kind, named, request.request_id)


def events() -> Events:
    """The event bus that changes are published on."""
    return Events(client("events"))


def advancer_of(
    request: Request, function_arn: str = "", now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Advancer:
    """The advancer of a request, with the provider's settings.

    Args:
        request: the request.
        function_arn: the function's own ARN, for the metrics of jobs that are deleted.
        now: returns the time.
    """
    queries = queries_of(request)
    if not request.kind.runs:
        return Advancer(queries, queries.sagemaker, quota_queue())
    commands = CountedJobs(
        client("sagemaker"),
        request.kind,
        counter(function_arn),
        seen=queries.seen.get,
        resource=(request.stack_id, request.logical_resource_id),
        now=now,
    )
    return Advancer(queries, commands, quota_queue())


def tokens() -> Tokens:
    """The states of pipelines that wait for tokens."""
    return Tokens(state_machines())


def counter(function_arn: str) -> Counter:
    """The counter of jobs that have ended."""
    return Counter(state_machines(), state_machine_arn(), function_arn)


def quota_queue() -> QuotaQueue:
    """As the provider is configured; what it leaves out has its default."""
    settings = {"timeout": QUOTA_TIMEOUT_VARIABLE, "jitter": QUOTA_JITTER_VARIABLE}
    return QuotaQueue(
        **{name: int(os.environ[variable]) for name, variable in settings.items() if variable in os.environ}
    )


def state_machine_arn() -> str:
    """The ARN of the state machine that carries requests out and follows jobs."""
    return os.environ[STATE_MACHINE_ARN_VARIABLE]


def state_machines() -> Any:
    """A client of Step Functions."""
    return client("stepfunctions")
