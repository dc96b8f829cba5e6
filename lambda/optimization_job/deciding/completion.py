"""One leg of the waiting for a job.

CloudFormation waits at most an hour for a response. A leg waits a little less; when its time is up and the
job still runs, it succeeds and the next leg goes on. A job that has ended lets every leg pass at once.
"""

from __future__ import annotations

from ..cloudformation.properties import CompletionProperties
from ..cloudformation.request import Request
from ..cloudformation.response import Response
from ..contract import NO_IMAGE, RECOMMENDED_INFERENCE_IMAGE, RECOMMENDED_INFERENCE_IMAGE_OR_NONE
from ..sagemaker.job import Job, attributes_of
from .actions import Action, Respond, Wait
from .evidence import MINUTE, Evidence
from .kept_outputs import attributes_without_record, physical_id_of_leg
from .messages import job_ended_without_artifact, job_is_gone, job_outlasted_the_waiting, no_image_recommended
from .patience import give_up_after, last_call
from .physical_id import unchanging_physical_resource_id


def decide_completion(request: Request, evidence: Evidence) -> Action:
    """The next action for a leg.

    Raises:
        DoubtError: another look has to say.
        InvalidValueError: the properties are not understood.
        CallError: SageMaker or CloudFormation did not say what they were asked.
    """
    if request.is_delete:
        return Respond(Response("SUCCESS", unchanging_physical_resource_id(request)))
    properties = CompletionProperties.parse(request.kind, request.properties)
    job = evidence.job(properties.job_name)
    if job is None:
        evidence.believe_missing(properties.job_name)
    elif job.has_ended and job.run < properties.run:
        evidence.believe(f"the job {job.name} did not run again")
    lacks_image = properties.requires_image and job is not None and job.recommends_no_image
    has_time = lacks_image or evidence.elapsed + MINUTE < last_call(request)
    # The last leg hands the image on, and is not asked again.
    if properties.is_last and job is not None and job.recommends_no_image and has_time:
        evidence.believe(f"the job {properties.job_name} recommends no image")
    if job is None or job.has_failed or lacks_image:
        # A rollback must come to its end, whatever has become of the job that it returns to.
        if request.is_update and not evidence.goes_forward_for_sure():
            return _succeed(request, properties, job)
        if job is None:
            return _fail(request, job_is_gone(request.kind, properties.job_name))
        failure = no_image_recommended if lacks_image else job_ended_without_artifact
        return _fail(request, failure(job, request))
    if job.is_completed:
        return _succeed(request, properties, job)
    timeout = min(properties.timeout, give_up_after(request, evidence.memory))
    remaining = timeout - evidence.elapsed
    if remaining > 0:
        return Wait(max(1, min(properties.poll_interval, int(remaining))), f"the job is {job.status}")
    if properties.is_last:
        return _fail(request, job_outlasted_the_waiting(job, request, evidence.elapsed))
    return _succeed(request, properties, job)


def _succeed(request: Request, properties: CompletionProperties, job: Job | None) -> Respond:
    name = properties.job_name
    physical_id = physical_id_of_leg(request, name, job, is_last=properties.is_last)
    data = attributes_of(job) if job else attributes_without_record(request, name)
    data[RECOMMENDED_INFERENCE_IMAGE_OR_NONE] = data.get(RECOMMENDED_INFERENCE_IMAGE) or NO_IMAGE
    return Respond(Response("SUCCESS", physical_id, data=data))


def _fail(request: Request, reason: str) -> Respond:
    return Respond(Response("FAILED", unchanging_physical_resource_id(request), reason))
