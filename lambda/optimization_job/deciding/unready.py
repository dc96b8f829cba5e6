"""The obstacle to what never runs and yet is not there at once, such as a version in the model registry."""

from __future__ import annotations

from ..sagemaker.job import Job
from .actions import Delete, Wait
from .evidence import MINUTE, Evidence
from .messages import was_not_made

#: Seconds between two looks at what is being made or deleted.
_INTERVAL = 15


def obstacle_to(job: Job, evidence: Evidence) -> Wait | Delete | bool:
    """The wait for what is being made or deleted; True if what this request made has failed.

    Such a failure is remembered as the reason why it must end.

    Raises:
        DoubtError: another look has to say whether what is seen is still there.
    """
    if job.kind.runs:
        return False
    if job.is_changing:
        return Wait(_INTERVAL, f"the {job.kind.noun} is {job.status}")
    is_another = bool(evidence.memory.made) and not evidence.has_made(job)
    if is_another:
        # It may be deleted already.
        evidence.believe(f"the {job.kind.noun} {job.arn} was there first")
    if job.has_failed and evidence.memory.tried:
        evidence.memory = evidence.memory.give_up(job.name, job.run, was_not_made(job))
        return True
    return _second_one(job, evidence) if is_another else False


def _second_one(job: Job, evidence: Evidence) -> Delete | bool:
    """The deletion of what this request has made, because another one of the same name was there first.

    A request that CloudFormation has cancelled may be on its way still, and miss the same as this one.
    """
    for arn in job.later_ones:
        is_own = arn.lower() == evidence.memory.made.lower()
        if is_own and not evidence.asked_within(f"Delete {arn}", MINUTE):
            return Delete(arn)
    return False
