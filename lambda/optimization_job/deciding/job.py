"""The life of a job: what next, given the request, what is remembered of it, and what SageMaker says now?

Every decision can be taken twice. What a decision rests on is asked again each time, and what cannot be asked
again is remembered before it is acted upon.
"""

from __future__ import annotations

from dataclasses import replace

from ..answer import Answer
from ..job import Job
from ..memo import Memo
from ..messages import job_is_gone, name_is_taken, name_must_change, stack_turned_back
from ..names import OWNER_TAG
from ..request import JOB_TYPE, Request
from ..service_model import InvalidValueError
from .actions import Action, Create, Delete, Remember, Respond, Retag, Stop, Wait
from .change import Change
from .deletion import ENDING_INTERVAL, decide_delete, end
from .identity import failed_physical_resource_id
from .world import World


def decide_job(request: Request, memo: Memo, world: World) -> Action:
    """What next for the request.

    Raises:
        InvalidValueError: the properties are not understood, or not allowed. Nothing has been created then.
        TroubleError: SageMaker or CloudFormation did not say what they were asked.
    """
    if request.is_delete:
        return decide_delete(request, world)
    change = Change.of(request)
    if request.is_update and memo.forward is None:
        # Nothing is done before it is known whether the update goes forward or is the return of a rollback.
        forward = world.stack_goes_forward()
        return Remember(replace(memo, forward=forward), f"the stack goes {'forward' if forward else 'back'}")
    if memo.abandoned:
        return _abandon(change, memo, world)
    if change.overtaken and (action := _end_overtaken(change.overtaken, world)):
        return action
    return _converge(change, memo, world)


def job_that_may_have_been_started(request: Request, world: World) -> Job | None:
    """The running job that a Create or an Update started, if it did and CloudFormation does not have it as
    the resource.

    Raises:
        TroubleError: SageMaker did not say.
    """
    if request.resource_type != JOB_TYPE or request.is_delete:
        return None
    try:
        change = Change.of(request)
    except InvalidValueError:
        return None
    job = None if change.is_in_place else world.job(change.name)
    if job is None or not job.is_running:
        return None
    return job if change.made(job, world) else None


def _converge(change: Change, memo: Memo, world: World) -> Action:
    job = world.job(change.name)
    if job is None:
        return _start(change, memo, world)
    if not change.made(job, world):
        if memo.forward is False:
            # A rollback comes to its end, even if the name has gone to somebody else meanwhile.
            return _succeed(change, job if change.belongs_here(job, world) else None)
        if not change.is_in_place:
            return _fail(change.request, name_is_taken(change.name))
        return _fail(change.request, name_must_change(change.name))
    if job.has_failed or job.is_stopping:
        return _run_again(change, memo, world, job)
    if job.is_running and _is_unwanted(change, memo, world):
        return Remember(_abandoning(memo, job, stack_turned_back(change.name)), "the stack turned back")
    if job.is_running and _is_taken_back(change, memo, world, job):
        return Stop(job.name)
    tags = _bring_tags_up_to_date(change, memo, job)
    if tags is not None:
        return tags
    return replace(_succeed(change, job), job=job if job.is_running or memo.tried else None)


def _start(change: Change, memo: Memo, world: World) -> Action:
    if change.is_in_place and not memo.removing:
        if memo.forward is False:
            return _succeed(change, None)
        return _fail(change.request, job_is_gone(change.name))
    if change.request.is_update and memo.forward is False:
        # A rollback is a return: it starts nothing, even if somebody deleted the record of what it returns
        # to.
        return _succeed(change, None)
    if not world.stack_goes_forward():
        return _fail(change.request, stack_turned_back(change.name))
    own_tags = {OWNER_TAG: change.owner.tag} if change.has_chosen_name else {}
    return Create(change.properties.api_request(change.name, own_tags))


def _run_again(change: Change, memo: Memo, world: World, job: Job) -> Action:
    """A job that failed or was stopped may run again under its name, once its record is gone."""
    if _is_unwanted(change, memo, world):
        return Remember(_abandoning(memo, job, stack_turned_back(change.name)), "the stack turned back")
    if memo.tried:
        # It is the one that this request started, and ended at once: the legs say why.
        return replace(_succeed(change, job), job=job)
    wanted = not change.is_in_place or change.changes_run_settings
    if not wanted or memo.forward is False or not world.stack_goes_forward():
        return _bring_tags_up_to_date(change, memo, job) or _succeed(change, job)
    if job.is_stopping:
        return Wait(ENDING_INTERVAL, "an earlier run of the job is stopping")
    if not memo.removing:
        return Remember(
            replace(memo, removing=True),
            f"the earlier run of the job {job.status}, so it is removed to run again",
        )
    return Delete(job.name)


def _is_unwanted(change: Change, memo: Memo, world: World) -> bool:
    """Whether this request may have started a run that its stack does not want any more.

    CloudFormation may never know of a new job; and of one that had failed, the rollback has seen no run yet.
    """
    if change.request.is_update and memo.forward is False:
        return False
    if change.is_in_place and not memo.tried:
        return False
    return not world.stack_goes_forward()


def _is_taken_back(change: Change, memo: Memo, world: World, job: Job) -> bool:
    """Whether the job, which had failed before, was run again by the update that is rolled back."""
    return (
        change.is_in_place
        and memo.forward is False
        and change.changes_run_settings
        and world.stack_started(job)
    )


def _bring_tags_up_to_date(change: Change, memo: Memo, job: Job) -> Action | None:
    adopted = not change.is_in_place and not memo.tried and memo.forward is not False
    if memo.tagged or memo.removing or not (change.is_in_place or adopted):
        return None
    if not change.added_tags and not change.removed_tags:
        return None
    return Retag(job.arn, change.added_tags, change.removed_tags)


def _abandon(change: Change, memo: Memo, world: World) -> Action:
    job = world.job(change.name)
    is_another = job is not None and memo.abandoned_run not in ("", job.creation_time.isoformat())
    if job is None or job.is_completed or is_another:
        # A job that completed has been paid for: its record stays, so that the next deploy finds the
        # artifact.
        return _fail(change.request, memo.abandoned)
    if not change.made(job, world):
        return _fail(change.request, memo.abandoned)
    if change.is_in_place and not job.is_running:
        # The stack goes back to this resource, and a resource without a record could never run again.
        return _fail(change.request, memo.abandoned)
    return end(job)


def _end_overtaken(overtaken: Change, world: World) -> Action | None:
    """Ends the job of an update that was cancelled just when its job had been started."""
    job = world.job(overtaken.name)
    if job is None or job.is_completed or job.is_stopping:
        # A rollback does not wait for the end of a job that costs nothing any more.
        return None
    return end(job) if overtaken.made(job, world) else None


def _abandoning(memo: Memo, job: Job | None, reason: str) -> Memo:
    return replace(memo, abandoned=reason, abandoned_run=job.creation_time.isoformat() if job else "")


def _succeed(change: Change, job: Job | None) -> Respond:
    request = change.request
    arn = (
        f"arn:{request.partition}:sagemaker:{request.region}:{request.account}:optimization-job/{change.name}"
    )
    return Respond(
        Answer(
            "SUCCESS",
            change.name,
            data={
                "OptimizationJobName": change.name,
                "OptimizationJobArn": job.arn if job else arn,
                "OutputLocation": job.output_location
                if job
                else change.properties.output_location(change.name),
                "CreationTime": job.creation_time.isoformat() if job else "",
            },
        )
    )


def _fail(request: Request, reason: str) -> Respond:
    return Respond(Answer("FAILED", failed_physical_resource_id(request), reason))
