"""The obstacle to what never runs and yet is not there at once, such as a version in the model registry."""

from __future__ import annotations

from ..sagemaker.job import Job
from .actions import Wait
from .evidence import Evidence
from .messages import was_not_made

#: Seconds between two looks at what is being made or deleted.
_INTERVAL = 15


def obstacle_to(job: Job, evidence: Evidence) -> Wait | bool:
    """The wait for what is being made or deleted; True if what this request made has failed.

    Such a failure is remembered as the reason why it must end.
    """
    if job.kind.runs:
        return False
    if job.is_changing:
        return Wait(_INTERVAL, f"the {job.kind.noun} is {job.status}")
    if not (job.has_failed and evidence.memory.tried):
        return False
    evidence.memory = evidence.memory.give_up(job.name, job.run, was_not_made(job))
    return True
