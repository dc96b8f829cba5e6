"""The jobs that a request has started, as far as that can be seen when nothing is remembered of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..cloudformation.request import Request
from ..sagemaker.job import Job
from .definition_change import change_of, overtaken_by
from .evidence import Clock, Evidence
from .memory import Memory
from .queries import Queries


def jobs_that_may_have_been_started(request: Request, queries: Queries, clock: Clock) -> Iterator[Job]:
    """The running jobs that a Create or an Update started, or an update before it that never had a response.

    Each comes as soon as it is found, because there may be no time for the next one.

    Raises:
        DoubtError: they may be another's.
        CallError: SageMaker or CloudFormation did not say.
    """
    if not request.is_of_job or request.is_delete or not request.kind.runs:
        return
    evidence = Evidence(request, Memory(), queries, clock)
    overtaken, own = overtaken_by(request), change_of(request)
    for change in (overtaken, own):
        job = evidence.job(change.name) if change and not change.is_in_place else None
        is_older = job and change is own and request.sent and job.creation_time < request.sent
        if not change or not job or not job.is_running or is_older or not change.made(job, evidence):
            continue
        if not evidence.seems_to_be_resource(job.name):
            yield job
