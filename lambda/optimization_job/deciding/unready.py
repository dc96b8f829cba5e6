"""The obstacle to what never runs and yet is not there at once, such as a version in the model registry."""

from __future__ import annotations

from ..sagemaker.job import Job
from .actions import Wait
from .evidence import Evidence
from .messages import was_not_made

#: Seconds between two looks at what is being made or deleted.
_INTERVAL = 15


def obstacle_to(job: Job, evidence: Evidence) -> Wait | None:
    """The wait for what is being made. What this request made and what is of no use must end."""
    if job.kind.runs:
        return None
    if job.is_changing:
        return Wait(_INTERVAL, f"the {job.kind.noun} is {job.status}")
    if job.has_failed and evidence.memory.tried:
        reason = was_not_made(job)
        evidence.memory = evidence.memory.give_up(job.name, job.run, reason)
        return Wait(0, reason)
    return None
