"""Sentences that the live view and the plain lines share."""

from __future__ import annotations

from collections.abc import Sequence

from .look import NOT_CREATED, NOT_FOUND, Job, Look
from .prices import Cost

#: SageMaker does not document the names of the log groups of these jobs.
JOB_LOGS = "CloudWatch log groups that begin with /aws/sagemaker/"


def explanation(job: Job) -> str:
    """Return the reason for a job's state. Empty if the status says everything."""
    if job.status == NOT_CREATED and job.resource_status.endswith("_IN_PROGRESS"):
        return (
            "there is no job yet: the function starts it as soon as the account's quota and its permissions "
            "allow that, and logs the reason for each wait"
        )
    if job.status == NOT_FOUND:
        return "SageMaker does not know this job: its record was deleted, or it was created a moment ago"
    if not job.resource_status and not job.reason and not job.in_pipeline:
        return "the job is not, or no longer, the one of its resource"
    return job.reason


def cost_so_far(cost: Cost, job: Job) -> str:
    """Return a cost such as `12.30 of at most 28.36`, and of a job that has ended `12.30`."""
    limit = "" if cost.at_most is None or job.has_ended else f" of at most {cost.at_most:.2f}"
    return f"{cost.so_far:.2f}{limit}"


def nothing_to_show(look: Look, names: Sequence[str]) -> str:
    """Return the reason why there are no jobs to show. Empty if there are some."""
    if look.seen is None or any(stack.has_jobs for stack in look.stacks):
        return ""
    if names:
        yet = " yet" if not look.is_at_rest else ""
        return f"no optimization job is in {', '.join(names)}{yet}"
    return f"no stack in {look.region} has an optimization job"


def conclusion(look: Look) -> str:
    """Return the result of watching."""
    running = sum(job.is_running for job in look.jobs)
    if running:
        return f"{running} {'job runs' if running == 1 else 'jobs run'}"
    return "something failed" if look.has_failed else "no job runs"
