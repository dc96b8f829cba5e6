"""The other jobs of a stack and of an app, for rules that compare them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.validation import is_unresolved

from .job_view import JobView


@dataclass(frozen=True)
class _KnownJob:
    """A job, and what would be slow to ask the CDK for each time that it is compared."""

    job: JobView
    stack: cdk.Stack
    place: tuple[str, ...]


# By the root of their tree, the app.
_JOBS: WeakKeyDictionary[IConstruct, list[_KnownJob]] = WeakKeyDictionary()


def remember(job: JobView) -> None:
    """Let the other jobs of the app be compared with this one."""
    stack = cdk.Stack.of(job.scope)
    _JOBS.setdefault(job.scope.node.root, []).append(_KnownJob(job, stack, _place(stack)))


def earlier_jobs(job: JobView) -> list[JobView]:
    """The jobs of the stack that were defined before this one."""
    stack = cdk.Stack.of(job.scope)
    return [known.job for known in _known_before(job) if known.stack is stack]


def earlier_jobs_nearby(job: JobView) -> list[JobView]:
    """The jobs of the app in the same account and Region that were defined before this one.

    Where these are known only at deployment, those of the stack, with what is nested in it.
    """
    place = _place(cdk.Stack.of(job.scope))
    return [known.job for known in _known_before(job) if known.place == place]


def _known_before(job: JobView) -> list[_KnownJob]:
    return list(takewhile(lambda known: known.job is not job, _JOBS.get(job.scope.node.root, [])))


def _place(stack: cdk.Stack) -> tuple[str, ...]:
    if not is_unresolved(stack.account) and not is_unresolved(stack.region):
        return stack.account, stack.region
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return (stack.node.addr,)
