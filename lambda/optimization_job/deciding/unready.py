"""The obstacle to what never runs and yet is not there at once, such as a version in the model registry."""

from __future__ import annotations

from ..sagemaker.job import Job
from .actions import Delete, Wait
from .evidence import MINUTE, Evidence
from .messages import was_not_made

#: Seconds between two looks at what is being made or deleted.
_INTERVAL = 15


def obstacle_to(job: Job, evidence: Evidence, *, is_made_again: bool) -> Wait | Delete | bool:
    """The wait for what is being made or deleted; True if what this request made has failed.

    Such a failure is remembered as the reason why it must end.

    Args:
        job: what is there.
        evidence: what is known of the request.
        is_made_again: true if this request has made what was missing, although the resource had it before.
    """
    if job.kind.runs:
        return False
    if job.is_changing:
        return Wait(_INTERVAL, f"the {job.kind.noun} is {job.status}")
    if job.has_failed and evidence.memory.tried:
        evidence.memory = evidence.memory.give_up(job.name, job.run, was_not_made(job))
        return True
    if is_made_again and not job.kind.names_are_unique:
        return _second_one(job, evidence)
    return False


def _second_one(job: Job, evidence: Evidence) -> Delete | bool:
    """The deletion of what this request has made, if another one of the same name was there first.

    A request that CloudFormation has cancelled may be on its way still, and miss the same as this one.

    Raises:
        DoubtError: another one may not be seen yet.
    """
    for arn in job.later_ones:
        # AWS may return an ARN in another spelling than it lists.
        if arn.lower() == evidence.memory.made.lower() and not evidence.asked_within(f"Delete {arn}", MINUTE):
            return Delete(arn)
    evidence.believe(f"there is one {job.kind.noun} {job.name}")
    return False
