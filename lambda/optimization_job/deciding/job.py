"""The life of a job: what next, given the request, what is remembered of it, and what SageMaker says now?

Every decision can be taken twice. What a decision rests on is asked again each time, and what cannot be asked
again is remembered before it is acted upon.
"""

from __future__ import annotations

from dataclasses import replace

from ..cloudformation.request import Request
from ..cloudformation.response import Response
from ..sagemaker.job import Job
from ..service_model import InvalidValueError
from .actions import Action, Create, Respond, Retag, Stop, Wait
from .definition_change import Change, change_of
from .deletion import ENDING_INTERVAL, decide_delete, end, end_overtaken, is_paid_for
from .evidence import Evidence
from .messages import job_is_gone, name_is_taken, name_must_change, request_is_late, stack_turned_back
from .names import OWNER_TAG
from .physical_id import failed_physical_resource_id
from .unready import obstacle_to, second_one


def decide_job(request: Request, evidence: Evidence) -> Action:
    """The next action for the request.

    Raises:
        DoubtError: another look has to say.
        InvalidValueError: the properties are not understood, or not allowed. Nothing has been created then.
        CallError: SageMaker or CloudFormation did not say what they were asked.
    """
    if request.is_delete:
        return decide_delete(request, evidence)
    try:
        change = Change.of(request)
    except InvalidValueError:
        if not evidence.is_late() and (action := end_overtaken(request, evidence)):
            return action
        raise
    if evidence.memory.abandoned:
        return _abandon(change, evidence)
    stays = change.is_in_place and not request.kind.runs
    if evidence.memory.created and not stays and not evidence.goes_forward():
        # Before anything else: the permission to stop the job may go with the stack.
        return _turn_back(change, evidence, None)
    job = evidence.job(change.name)
    if not evidence.goes_forward():
        return _turn_back(change, evidence, job)
    return end_overtaken(request, evidence) or _converge(change, evidence, job)


def decide_left_over(request: Request, evidence: Evidence) -> Action | None:
    """The next action for the jobs that are ended after the response; None when nothing of them is left.

    Raises:
        DoubtError: another look has to say.
        CallError: SageMaker did not say what it was asked.
    """
    change = change_of(request)
    for name in evidence.memory.left_over:
        job = evidence.job(name)
        if job is None:
            evidence.believe_missing(name)
        elif _is_left_over(change, evidence, job):
            return end(job, evidence)
    return None


def _converge(change: Change, evidence: Evidence, job: Job | None) -> Action:
    memory = evidence.memory
    if job is None:
        return _start(change, evidence)
    if not memory.created and not change.made(job, evidence):
        taken = name_must_change if change.is_in_place else name_is_taken
        return _fail(change, evidence, taken(change.request.kind, change.name))
    if obstacle := obstacle_to(job, evidence, is_in_place=change.is_in_place):
        return _abandon(change, evidence) if obstacle is True else obstacle
    if change.request.is_update and not change.is_in_place and (memory.tried or job.is_running):
        evidence.memory = evidence.memory.left(job.name)
    if not job.is_running and not job.is_completed:
        return _run_again(change, evidence, job)
    is_found = evidence.is_earlier(job) or not (memory.tried or memory.repeated)
    if is_found and not change.is_in_place and not (job.kind.runs and job.is_completed):
        # Its end in an operation before may not be seen yet.
        evidence.believe(f"the {job.kind.noun} {job.name} exists already")
    if job.is_running and not memory.tried and _was_run_by_this_update(change, evidence, job):
        evidence.believe("the stack is not rolling back, although its update has run the job already")
    return _keep(change, evidence, job)


def _start(change: Change, evidence: Evidence) -> Action:
    memory, replaced = evidence.memory, change.request.physical_resource_id
    is_gone = change.is_in_place and not memory.removing
    if is_gone or memory.may_have_created(change.request.kind):
        # What was just created is not found everywhere yet.
        evidence.believe_missing(change.name)
    # What costs nothing is made again.
    if is_gone and change.request.kind.runs:
        return _fail(change, evidence, job_is_gone(change.request.kind, change.name))
    if replaced and evidence.may_be_of_this_update(replaced):
        evidence.believe("the stack is not rolling back, although the update replaces what it has made")
    if not evidence.still_goes_forward():
        return _turn_back(change, evidence, None)
    own_tags = {OWNER_TAG: change.owner.tag} if change.properties.explicit_name else {}
    return Create(change.properties.api_request(change.name, own_tags))


def _run_again(change: Change, evidence: Evidence, job: Job) -> Action:
    """A job that failed or was stopped may run again under its name, once its record is gone."""
    memory = evidence.memory
    is_own = job.run != memory.removing and not evidence.is_earlier(job)
    if (is_own and _may_have_started(change, evidence, job)) or not _is_to_run_again(change):
        # If this request started it, and it ended at once, the legs say why.
        return _keep(change, evidence, job)
    if change.is_in_place and not memory.removing and evidence.ran_in_this_update(job):
        # The request may be the return of the update that it failed in, with no rollback.
        evidence.believe(f"the job {job.name} failed in this update")
        return _keep(change, evidence, job)
    if job.is_changing:
        return Wait(ENDING_INTERVAL, f"an earlier run of the job is {job.status}")
    if memory.removing != job.run:
        if change.request.is_update:
            # A rollback may have begun, and not be seen yet; and it removes nothing.
            evidence.believe(f"the job {job.name} is to run again")
        # This is kept before the record is removed, so that it is known even if that step dies half-way.
        evidence.memory = replace(evidence.memory, removing=job.run)
        return Wait(0, f"the earlier run of the job {job.status}, so it is removed to run again")
    return end(job, evidence)


def _is_to_run_again(change: Change) -> bool:
    """True if a job that made nothing is asked for again, or with other settings.

    If the old properties are of another definition, an update to that has failed, and this one may be its
    return, with no rollback.
    """
    old = change.old_properties
    if not change.is_in_place or old is None:
        return not change.is_in_place
    return old.artifact == change.properties.artifact and old.run_settings != change.properties.run_settings


def _was_run_by_this_update(change: Change, evidence: Evidence, job: Job) -> bool:
    """True if the job, which had failed before, was run again by the update that this request takes back."""
    old = change.old_properties
    if not change.is_in_place or old is None or not evidence.ran_in_this_update(job):
        return False
    return job.runs_rather_with(old.run_settings, change.properties.run_settings)


def _turn_back(change: Change, evidence: Evidence, job: Job | None) -> Action:
    """Ends what this request may have started, because its stack does not want it any more."""
    memory, reason = evidence.memory, stack_turned_back(change.request.kind, change.name)
    if not _may_have_started(change, evidence, job):
        if change.request.is_update:
            return _return(change, evidence, job)
        if job is None:
            if memory.repeated:
                evidence.believe_missing(change.name)
            evidence.believe_return()
            return _fail(change, evidence, reason)
    evidence.memory = memory.give_up(change.name, job.run if job else "", reason)
    return _abandon(change, evidence)


def _may_have_started(change: Change, evidence: Evidence, job: Job | None) -> bool:
    """True if this request has had an effect, as far as is known.

    A step that came to no end may have created the job, and stopped it again. It created neither one that is
    older than the request nor one in place, whose record is removed first.
    """
    memory, sent, runs = evidence.memory, change.request.sent, change.request.kind.runs
    if change.is_in_place and not runs:
        # It is what the stack goes back to, even if another resource made it.
        return False
    if memory.tried or memory.removing or not memory.repeated or change.is_in_place:
        return memory.tried or bool(memory.removing)
    since = sent or (evidence.stack().began if change.request.is_update else None)
    return job is not None and not is_paid_for(job) and (since is None or job.creation_time >= since)


def _return(change: Change, evidence: Evidence, job: Job | None) -> Action:
    """The next action of a rollback, which returns to the job that was there.

    It comes to its end and starts nothing, even if somebody deleted the record, or has the name by now.
    """
    if job and (second := second_one(job, evidence)):
        return second
    if evidence.is_late() or evidence.is_given_up():
        return _fail(change, evidence, request_is_late(change.request.kind, change.name))
    if action := end_overtaken(change.request, evidence):
        return action
    if job is None:
        evidence.believe_missing(change.name)
        evidence.believe_return()
        return _succeed(change, None)
    if not change.made(job, evidence):
        return _succeed(change, job if change.belongs_here(job, evidence) else None)
    if job.is_running and _was_run_by_this_update(change, evidence, job):
        return end(job, evidence)
    if not job.is_completed and _is_to_run_again(change):
        evidence.believe_return()
    return _keep(change, evidence, job)


def _keep(change: Change, evidence: Evidence, job: Job) -> Action:
    """The job is the resource, with the tags that it is to have."""
    memory = evidence.memory
    if (change.added_tags or change.removed_tags) and not job.is_changing:
        is_tagged = memory.tagged or evidence.was_made_with_tags(job, is_in_place=change.is_in_place)
        if not is_tagged and evidence.wants_tags(is_in_place=change.is_in_place):
            return Retag(job.arn, change.added_tags, change.removed_tags)
    is_followed = job.kind.runs and (job.is_running or memory.tried)
    return replace(_succeed(change, job), job=job if is_followed else None)


def _abandon(change: Change, evidence: Evidence) -> Action:
    memory, name = evidence.memory, change.name
    # A later operation may have started another run of this name.
    looks_first = evidence.asked_within(f"Stop {name}") or evidence.is_known_late()
    if memory.created and change.request.kind.runs and not looks_first:
        return Stop(name)
    job = evidence.job(name)
    if job is None:
        if memory.tried or memory.repeated:
            evidence.believe_missing(name)
    elif _is_left_over(change, evidence, job):
        evidence.memory = evidence.memory.left(job.name, job.run)
        return end(job, evidence)
    evidence.memory = evidence.memory.rid_of(name)
    return _fail(change, evidence, memory.abandoned)


def _is_left_over(change: Change | None, evidence: Evidence, job: Job) -> bool:
    """True if a job that has to end is the one that is meant, if its run is not known: the request's own.

    What a job made has been paid for: its record stays, so that the next deploy finds the artifact.
    """
    run, is_own = evidence.memory.left_over.get(job.name), change is not None and change.name == job.name
    if is_paid_for(job) or run not in ("", job.run):
        return False
    if change is None or not is_own:
        return bool(run) and (not job.is_completed or not evidence.is_known_late())
    if change.is_in_place and not job.is_running:
        # The stack goes back to this resource, and a resource without a record could never run again.
        return False
    is_unwanted = bool(evidence.memory.abandoned) and not evidence.is_known_late()
    if not is_unwanted and not evidence.is_passed_over(job):
        return False
    return evidence.memory.created or change.made(job, evidence)


def _succeed(change: Change, job: Job | None) -> Respond:
    data = change.properties.attributes(change.name, change.request.job_arn(change.name), job)
    return Respond(Response("SUCCESS", change.name, data=data))


def _fail(change: Change, evidence: Evidence, reason: str) -> Respond:
    return Respond(Response("FAILED", failed_physical_resource_id(change.request, evidence.memory), reason))
