"""The jobs that a request has started, as far as that can be seen when nothing is remembered of it."""

from __future__ import annotations

from ..cloudformation.request import Request
from ..sagemaker.job import Job
from .definition_change import change_of, overtaken_by
from .evidence import Evidence
from .memory import Memory
from .queries import Queries


def jobs_that_may_have_been_started(request: Request, queries: Queries) -> list[Job]:
    """The running jobs that a Create or an Update started, or an update before it that never had a response.

    Raises:
        DoubtError: they may be another's.
        CallError: SageMaker or CloudFormation did not say.
    """
    if not request.is_of_job or request.is_delete or not request.kind.runs:
        return []
    evidence = Evidence(request, Memory(), queries, lambda: 0.0)
    overtaken, own, jobs = overtaken_by(request), change_of(request), []
    for change in (overtaken, own):
        job = evidence.job(change.name) if change and not change.is_in_place else None
        is_older = job and change is own and request.sent and job.creation_time < request.sent
        if change and job and job.is_running and not is_older and change.made(job, evidence):
            jobs.append(job)
    return [job for job in jobs if not evidence.seems_to_be_resource(job.name)]
