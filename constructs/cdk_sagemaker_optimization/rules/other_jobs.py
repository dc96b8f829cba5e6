"""The jobs of a stack, for rules that compare them."""

from __future__ import annotations

from itertools import takewhile
from weakref import WeakKeyDictionary

import aws_cdk as cdk

from .job_view import JobView

_JOBS: WeakKeyDictionary[cdk.Stack, list[JobView]] = WeakKeyDictionary()


def remember(job: JobView) -> None:
    """Let the other jobs of the stack be compared with this one."""
    _JOBS.setdefault(cdk.Stack.of(job.scope), []).append(job)


def earlier_jobs(job: JobView) -> list[JobView]:
    """The jobs of the stack that were defined before this one."""
    return list(takewhile(lambda other: other is not job, _JOBS.get(cdk.Stack.of(job.scope), [])))
