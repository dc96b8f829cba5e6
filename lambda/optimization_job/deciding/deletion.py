"""The end of a job, and of its record."""

from __future__ import annotations

from ..cloudformation.properties import JobProperties
from ..cloudformation.request import Request
from ..cloudformation.response import Response
from ..cloudformation.stack import Direction
from ..sagemaker.job import Job
from .actions import Action, Delete, Respond, Stop, Wait
from .definition_change import change_of, overtaken_by
from .evidence import IN_FLIGHT, MINUTE, Evidence
from .messages import nobodys_job, record_is_kept
from .names import fingerprint, is_generated, is_made_for, resource_mark
from .physical_id import job_to_delete

#: Seconds between two looks at a job that is ending.
ENDING_INTERVAL = 15

#: Seconds between two looks at a call that shows no effect yet. After a minute it is made again.
_EFFECT_INTERVAL = 5


def decide_delete(request: Request, evidence: Evidence) -> Action:
    """The next action for a job that leaves its stack.

    A job that completed in a deployment which failed elsewhere keeps its record: when that is deployed again,
    it finds the artifact instead of paying for it once more.

    Raises:
        DoubtError: another look has to say.
        CallError: SageMaker or CloudFormation did not say what they were asked.
    """
    name = job_to_delete(request)
    if name is None:
        return Respond(removed(request))
    job = evidence.job(name)
    if job is None:
        evidence.believe_missing(name, MINUTE if name == request.physical_resource_id else IN_FLIGHT)
    elif not _is_owned(request, job, evidence):
        if name == request.physical_resource_id and not is_generated(name) and evidence.owner(job) is None:
            return Respond(Response("FAILED", name, nobodys_job(request.kind, name)))
        job = None
    elif _is_wanted(request, name, evidence):
        return Respond(removed(request))
    if job is None:
        return end_overtaken(request, evidence) or Respond(removed(request))
    if is_paid_for(job) and _may_be_asked_for_again(evidence):
        return Respond(removed(request, record_is_kept(request.kind, job.name)))
    return end(job, evidence)


def removed(request: Request, note: str = "") -> Response:
    """The response that nothing is left of what a Delete is about."""
    return Response("SUCCESS", request.physical_resource_id or request.request_id, note)


def end(job: Job, evidence: Evidence) -> Action:
    """On the way to a job that is neither running nor recorded."""
    if job.is_changing:
        return Wait(ENDING_INTERVAL, f"the job is {job.status}")
    call = Stop(job.name) if job.is_running else Delete(job.name)
    if evidence.asked_within(f"{type(call).__name__} {job.name}", MINUTE):
        return Wait(_EFFECT_INTERVAL, f"{job.kind.operation(type(call).__name__)} shows no effect yet")
    return call


def end_overtaken(request: Request, evidence: Evidence) -> Action | None:
    """The next action for the job of an earlier update that never had a response; None if there is none.

    It may have become the resource when the same update was tried again. Nothing but a Delete, which may take
    the permissions with it, waits for the end of what costs nothing any more: that comes after the response.
    """
    overtaken = overtaken_by(request)
    if overtaken is None:
        return None
    job = evidence.job(overtaken.name)
    if job is None:
        # The update may still be on its way, and not see that its stack goes back where that has no status.
        present = change_of(request)
        is_return = present and present.is_in_place and evidence.stack().direction is Direction.FORWARD
        evidence.believe_missing(overtaken.name, IN_FLIGHT if request.is_delete or is_return else MINUTE)
        return None
    if is_paid_for(job) or not overtaken.made(job, evidence):
        return None
    if request.is_delete:
        return None if evidence.is_resource(job.name) else end(job, evidence)
    if job.is_running:
        return end(job, evidence)
    if not evidence.was_only_found(job):
        evidence.memory = evidence.memory.left(job.name, job.run)
    return None


def _is_owned(request: Request, job: Job, evidence: Evidence) -> bool:
    """True if a job was made for this resource, from whatever definition.

    A generated name proves that, and the tag of a job with a chosen name. A resource that has got another
    logical id since is still the job that it was, unless a job of that name was made in this update.
    """
    if is_generated(job.name):
        return is_made_for(request, job.name) or evidence.is_resource(job.name)
    owner, properties = evidence.owner(job), JobProperties.parse_if_valid(request.kind, request.properties)
    if owner is not None and owner.resource == resource_mark(request):
        return True
    is_of_this_definition = owner and properties and owner.fingerprint == fingerprint(properties)
    if is_of_this_definition and not evidence.ran_in_this_update(job) and evidence.is_resource(job.name):
        return True
    evidence.believe(f"the job {job.name} belongs to another resource")
    return False


def _is_wanted(request: Request, name: str, evidence: Evidence) -> bool:
    """True if the job is the resource by now, although a Delete that is about an earlier one leads to it."""
    is_computed = name != request.physical_resource_id
    if is_computed and evidence.stack().direction is not Direction.BACK:
        # What an earlier deployment has left failed may be deleted when it has been created again.
        return evidence.is_resource(name)
    return evidence.elapsed >= MINUTE and evidence.is_late() and evidence.is_resource(name)


def is_paid_for(job: Job) -> bool:
    """True if the next deployment of the same definition could use what the job made.

    A name that the user chose is to be free again. Where jobs share a place, another may have written since.
    """
    return job.is_completed and is_generated(job.name) and job.has_its_own_folder


def _may_be_asked_for_again(evidence: Evidence) -> bool:
    stack = evidence.stack()
    if not stack.is_busy:
        # Nothing is deleted in a stack at rest: it is seen as it was before its operation.
        evidence.believe(f"the stack is {stack.status}")
    if not stack.may_try_again:
        return False
    # A status that is read a moment too late would keep the record forever.
    evidence.believe("the stack may want the job again")
    return True
