"""What can be done next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..answer import Answer
from ..job import Job
from ..memo import Memo


@dataclass(frozen=True)
class Respond:
    """The request is settled."""

    answer: Answer
    #: The job to follow from now on, if there is one.
    job: Job | None = None


@dataclass(frozen=True)
class Wait:
    """Look again after this many seconds."""

    seconds: int
    why: str


@dataclass(frozen=True)
class Remember:
    """Keep this in mind before anything else is done, so that it is known even if the next step dies
    half-way.
    """

    memo: Memo
    why: str


@dataclass(frozen=True)
class Create:
    """Call CreateOptimizationJob with these parameters."""

    request: dict[str, Any]


@dataclass(frozen=True)
class Stop:
    name: str


@dataclass(frozen=True)
class Delete:
    """Delete the record of a job that has ended."""

    name: str


@dataclass(frozen=True)
class Retag:
    arn: str
    add: dict[str, str]
    remove: tuple[str, ...]


Action = Respond | Wait | Remember | Create | Stop | Delete | Retag
