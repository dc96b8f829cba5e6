"""The actions that a decision can end in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..cloudformation.response import Response
from ..sagemaker.job import Job


@dataclass(frozen=True)
class Respond:
    """The request is settled."""

    response: Response
    #: The job to follow from now on, if there is one.
    job: Job | None = None


@dataclass(frozen=True)
class Wait:
    """Look again after this many seconds."""

    seconds: int
    why: str


@dataclass(frozen=True)
class Create:
    """Create a job with these parameters."""

    request: dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """Stop a job that is running."""

    name: str


@dataclass(frozen=True)
class Delete:
    """Delete the record of a job that has ended."""

    name: str


@dataclass(frozen=True)
class Retag:
    """Add tags to a job, or change their values, and remove the tags with some keys."""

    arn: str
    add: dict[str, str]
    remove: tuple[str, ...]


Action = Respond | Wait | Create | Stop | Delete | Retag
