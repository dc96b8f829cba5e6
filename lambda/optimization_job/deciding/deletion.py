"""The end of a job, and of its record."""

from __future__ import annotations

from ..answer import Answer
from ..job import Job
from ..messages import record_is_kept
from ..names import fingerprint, is_chosen, is_generated, job_name, resource_mark
from ..properties import JobProperties
from ..request import Request
from ..service_model import InvalidValueError
from .actions import Action, Delete, Respond, Stop, Wait
from .identity import failed_physical_resource_id
from .world import World

#: Seconds between two looks at a job that is ending.
ENDING_INTERVAL = 15


def decide_delete(request: Request, world: World) -> Action:
    """What next for a job that leaves its stack.

    A job that completed in a deployment which failed elsewhere keeps its record: when that is deployed again,
    it finds the artifact instead of paying for it once more.

    Raises:
        TroubleError: SageMaker or CloudFormation did not say what they were asked.
    """
    name = _job_to_delete(request)
    job = world.job(name) if name else None
    if job is None or not _belongs_to(request, job, world):
        job = _left_behind(request, name, world)
    if job is None:
        return Respond(Answer("SUCCESS", failed_physical_resource_id(request)))
    if _is_paid_for(job) and world.stack_may_ask_again():
        return Respond(Answer("SUCCESS", failed_physical_resource_id(request), record_is_kept(job.name)))
    return end(job)


def end(job: Job) -> Action:
    """On the way to a job that is neither running nor recorded."""
    if job.is_running:
        return Stop(job.name)
    if job.is_stopping:
        return Wait(ENDING_INTERVAL, "the job is stopping")
    return Delete(job.name)


def _is_paid_for(job: Job) -> bool:
    """Whether the next deployment of the same definition could use what the job made.

    A name that the user chose is to be free again. Where jobs share a place, another may have written since.
    """
    return job.is_completed and is_generated(job.name) and job.has_its_own_folder


def _job_to_delete(request: Request) -> str | None:
    """The name of the job.

    It is the id, unless CloudFormation invented that because the create was never answered: then the name is
    computed again. It never is for any other id: after an update that failed and was not rolled back, the
    properties are those of another job, which may be wanted.
    """
    physical_id = request.physical_resource_id
    if is_generated(physical_id) or is_chosen(physical_id, request):
        return physical_id
    try:
        return job_name(request, JobProperties.parse(request.properties))
    except InvalidValueError:
        # Nothing was created from properties that could not be read.
        return None


def _left_behind(request: Request, deleted: str | None, world: World) -> Job | None:
    """The job that the properties speak of, if that is another, and nobody's.

    An update started it, was cancelled before its answer, and was not rolled back: the resource then leaves
    with the properties of that update, and the id of the job before. But it leaves so, too, if the same
    update was tried again and that job has become the resource.
    """
    try:
        name = job_name(request, JobProperties.parse(request.properties))
    except InvalidValueError:
        return None
    job = world.job(name) if name != deleted else None
    if job is None or job.is_completed or not _belongs_to(request, job, world):
        return None
    return None if world.physical_resource_id() == name else job


def _belongs_to(request: Request, job: Job, world: World) -> bool:
    """Whether a job was made for this resource, from whatever definition. A generated name proves that."""
    if is_generated(job.name):
        return True
    owner = world.owner(job)
    if owner is None:
        return False
    return owner.resource == resource_mark(request) or owner.fingerprint == _fingerprint(request)


def _fingerprint(request: Request) -> str | None:
    """What a job was marked with before there was a mark of its resource."""
    try:
        properties = JobProperties.parse(request.properties)
    except InvalidValueError:
        return None
    return fingerprint(request.stack_id, request.logical_resource_id, properties)
