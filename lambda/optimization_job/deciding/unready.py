"""The obstacle to what never runs and yet is not there at once, such as a version in the model registry."""

from __future__ import annotations

from ..sagemaker.job import Job
from .actions import Wait
from .memory import Memory
from .messages import was_not_made

#: Seconds between two looks at what is being made or deleted.
_INTERVAL = 15


def obstacle_to(job: Job, memory: Memory) -> Wait | str | None:
    """The wait for what is being made, or the reason why what this request made is of no use."""
    if job.kind.runs:
        return None
    if job.is_changing:
        return Wait(_INTERVAL, f"the {job.kind.noun} is {job.status}")
    return was_not_made(job) if job.has_failed and memory.tried else None
