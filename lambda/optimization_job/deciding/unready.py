"""The obstacle to what never runs and yet is not there at once, such as a version in the model registry."""

from __future__ import annotations

from ..sagemaker.job import Job
from .actions import Delete, Wait
from .evidence import MINUTE, Evidence
from .messages import was_not_made

#: Seconds between two looks at what is being made or deleted.
_INTERVAL = 15

#: Seconds after which a read shows what was created before.
_SEEN_AFTER = 30


def obstacle_to(job: Job, evidence: Evidence, *, is_in_place: bool) -> Wait | Delete | bool:
    """The wait for what is being made or deleted; True if what this request made has failed.

    Such a failure is remembered as the reason why it must end.

    Raises:
        DoubtError: another look has to say whether what is seen is still there, and is all.
    """
    if job.kind.runs:
        return False
    if job.is_changing:
        return Wait(_INTERVAL, f"the {job.kind.noun} is {job.status}")
    is_another = _is_another(job, evidence)
    if job.has_failed and evidence.memory.tried:
        evidence.memory = evidence.memory.give_up(job.name, job.run, was_not_made(job))
        return True
    if is_in_place and evidence.memory.made and not is_another:
        evidence.believe(f"there is one {job.kind.noun} {job.name}", _SEEN_AFTER)
    return second_one(job, evidence) or False


def second_one(job: Job, evidence: Evidence) -> Delete | None:
    """The deletion of what this request has made, if another one of the same name was there first.

    A request that CloudFormation has cancelled may be on its way still, and miss the same as this one.

    Raises:
        DoubtError: the other one may be deleted already.
    """
    for arn in job.later_ones if _is_another(job, evidence) else ():
        is_own = arn.lower() == evidence.memory.made.lower()
        if is_own and not evidence.asked_within(f"Delete {arn}", MINUTE):
            return Delete(arn)
    return None


def _is_another(job: Job, evidence: Evidence) -> bool:
    """True if the request has made one of this name, and this one was there first."""
    if not evidence.memory.made or evidence.has_made(job):
        return False
    evidence.believe(f"the {job.kind.noun} {job.arn} was there first")
    return True
