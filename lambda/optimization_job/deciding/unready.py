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
    if evidence.memory.made:
        return _second_one(job, evidence, is_made_again=is_made_again)
    return False


def _second_one(job: Job, evidence: Evidence, *, is_made_again: bool) -> Delete | bool:
    """The deletion of what this request has made, if another one of the same name was there first.

    A request that CloudFormation has cancelled may be on its way still, and miss the same as this one.

    Raises:
        DoubtError: the other one may be deleted already, or may not be seen yet.
    """
    # AWS may return an ARN in another spelling than it lists.
    made = evidence.memory.made.lower()
    if job.arn.lower() != made:
        evidence.believe(f"the {job.kind.noun} {job.arn} was there first")
    elif is_made_again:
        evidence.believe(f"there is one {job.kind.noun} {job.name}")
    for arn in job.later_ones:
        if arn.lower() == made and not evidence.asked_within(f"Delete {arn}", MINUTE):
            return Delete(arn)
    return False
