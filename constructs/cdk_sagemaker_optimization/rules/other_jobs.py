"""The other jobs of a stack and an app, for rules that compare jobs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.facts import (
    account_of,
    address_of,
    once,
    region_of,
    root_of,
    stack_of,
    stacks_around,
)

from .job_view import JobView


@dataclass(frozen=True)
class _KnownJob:
    """A job, with the values that the CDK would return slowly for each comparison."""

    job: JobView
    stack: cdk.Stack
    place: tuple[str, ...]


def remember(job: JobView) -> None:
    """Remember a job, for comparison with the other jobs of the app."""
    stack = stack_of(job.scope)
    _jobs_of_the_app(stack).append(_KnownJob(job, stack, _place(stack)))


def earlier_jobs(job: JobView) -> list[JobView]:
    """Return the jobs of the stack that were defined before this one."""
    stack = stack_of(job.scope)
    return [known.job for known in _known_before(job) if known.stack is stack]


def earlier_jobs_nearby(job: JobView) -> list[JobView]:
    """Return the jobs of the app in the same account and Region that were defined before this one.

    If these are known only at deployment, return those of the stack and its nested stacks.
    """
    place = _place(stack_of(job.scope))
    return [known.job for known in _known_before(job) if known.place == place]


def _known_before(job: JobView) -> list[_KnownJob]:
    return list(takewhile(lambda known: known.job is not job, _jobs_of_the_app(stack_of(job.scope))))


def _jobs_of_the_app(stack: cdk.Stack) -> list[_KnownJob]:
    return once(root_of(stack), "jobs", list)


def _place(stack: cdk.Stack) -> tuple[str, ...]:
    account, region = account_of(stack), region_of(stack)
    if not is_unresolved(account) and not is_unresolved(region):
        return account, region
    return (address_of(stacks_around(stack)[0]),)
