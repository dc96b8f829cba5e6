"""One leg of the waiting for a job.

CloudFormation waits at most an hour for an answer. A leg waits a little less; when its time is up and the job
still runs, it succeeds and the next leg goes on. A job that has ended lets every leg pass at once.
"""

from __future__ import annotations

from ..answer import Answer
from ..job import Job
from ..messages import job_ended_without_artifact, job_is_gone, job_outlasted_the_waiting
from ..properties import CompletionProperties
from ..request import Request
from .actions import Action, Respond, Wait
from .world import World

#: What a leg always says, so that GetAtt never meets a missing key, which would fail the stack.
ATTRIBUTES = (
    "OptimizationJobName",
    "OptimizationJobArn",
    "OutputLocation",
    "OptimizationJobStatus",
    "RecommendedInferenceImage",
    "OptimizationStartTime",
    "OptimizationEndTime",
)


def decide_completion(request: Request, world: World, elapsed: float) -> Action:
    """What next for a leg that has waited this many seconds.

    Raises:
        InvalidValueError: the properties are not understood.
        TroubleError: SageMaker or CloudFormation did not say what they were asked.
    """
    if request.is_delete:
        return _succeed(request, None)
    properties = CompletionProperties.parse(request.properties)
    job = world.job(properties.job_name)
    if job is None:
        # A rollback must come to its end, even if somebody has deleted the record of the job it returns to.
        if _is_rolled_back(request, world):
            return _succeed(request, None)
        return _fail(request, job_is_gone(properties.job_name))
    if job.is_completed:
        return _succeed(request, job)
    if job.has_failed:
        if _is_rolled_back(request, world):
            return _succeed(request, job)
        return _fail(request, job_ended_without_artifact(job, request))
    remaining = properties.timeout - elapsed
    if remaining > 0:
        return Wait(max(1, min(properties.poll_interval, int(remaining))), f"the job is {job.status}")
    if properties.is_last:
        return _fail(request, job_outlasted_the_waiting(job, request, elapsed))
    return _succeed(request, job)


def completion_physical_resource_id(request: Request) -> str:
    """The id of a leg, which never changes: CloudFormation deletes what has got another one as replaced."""
    return request.physical_resource_id or f"{request.stack_name}/{request.logical_resource_id}"


def _is_rolled_back(request: Request, world: World) -> bool:
    return request.is_update and not world.stack_goes_forward()


def _succeed(request: Request, job: Job | None) -> Respond:
    return Respond(Answer("SUCCESS", completion_physical_resource_id(request), data=_attributes(job)))


def _fail(request: Request, reason: str) -> Respond:
    return Respond(Answer("FAILED", completion_physical_resource_id(request), reason))


def _attributes(job: Job | None) -> dict[str, str]:
    if job is None:
        return dict.fromkeys(ATTRIBUTES, "")
    return {
        "OptimizationJobName": job.name,
        "OptimizationJobArn": job.arn,
        "OutputLocation": job.output_location,
        "OptimizationJobStatus": job.status,
        "RecommendedInferenceImage": job.recommended_inference_image,
        "OptimizationStartTime": job.start_time.isoformat() if job.start_time else "",
        "OptimizationEndTime": job.end_time.isoformat() if job.end_time else "",
    }
