"""The reads that a decision rests on.

Each is one read, which may be stale by some seconds. A read that fails raises a CallError.
"""

from __future__ import annotations

from typing import Protocol

from ..cloudformation.stack import Resource, Stack
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from .names import Owner


class Queries(Protocol):
    """The reads of one request: its jobs, its stack and its resource."""

    def job(self, name: str, kind: JobKind) -> Job | None:
        """The job of this name and kind, if there is one."""

    def owner(self, job: Job) -> Owner | None:
        """The owner that the tag of a job with a chosen name names."""

    def stack(self) -> Stack:
        """The stack of the request."""

    def resource(self) -> Resource | None:
        """The request's resource, as the stack has it now; None if it has none."""
