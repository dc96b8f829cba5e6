"""Puts the function's rooms together with the services they talk to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from .advance import Advancer
from .clients import client
from .cloudformation.calls import Stacks
from .cloudformation.request import Request
from .cloudformation.stack import Resource, Stack
from .contract import QUOTA_JITTER_VARIABLE, QUOTA_TIMEOUT_VARIABLE, STATE_MACHINE_ARN_VARIABLE
from .deciding.names import OWNER_TAG, Owner
from .deciding.patience import QuotaQueue
from .sagemaker.calls import SageMaker
from .sagemaker.job import Job
from .sagemaker.kind import JobKind
from .tracking import Events


@dataclass(frozen=True)
class AwsQueries:
    """The queries of one request: its jobs and its stack."""

    sagemaker: SageMaker
    request: Request

    def job(self, name: str, kind: JobKind) -> Job | None:
        """The job of this name and kind; None if there is none."""
        return sagemaker(kind).job(name)

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
    return AwsQueries(sagemaker(request.kind), request)


def sagemaker(kind: JobKind) -> SageMaker:
    """The calls to SageMaker for jobs of one kind."""
    return SageMaker(client("sagemaker"), kind)


def events() -> Events:
    """The event bus that changes are published on."""
    return Events(client("events"))


def advancer_of(request: Request) -> Advancer:
    """The advancer of a request, with the provider's settings."""
    queries = queries_of(request)
    return Advancer(queries, queries.sagemaker, _quota_queue())


def _quota_queue() -> QuotaQueue:
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
