"""The steps of the state machine: advance until there is an answer, respond with it, or say that it failed;
end what is left over after that, and follow a job.

Time comes from CloudFormation, which says when it asked, and from the state machine, which says when it
entered the step. A step that could not run at once begins later than it was entered: only the function's
clock knows that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .advance import Pause, failed
from .cloudformation.request import Request
from .cloudformation.response import Answer
from .cloudformation.send import put
from .deciding import jobs_that_may_have_been_started
from .deciding.evidence import DoubtError, Evidence
from .deciding.memory import Memo
from .errors import TroubleError
from .log import log
from .tracking import End, Tracker, begin, follow, log_tracker, start_tracker
from .wiring import advancer_of, events, sagemaker, state_machine_arn, state_machines, world_of

#: Lambda keeps a request no longer than this in its queue.
_LATEST = timedelta(hours=6)

#: After this many attempts the failure is told even if the job could not be stopped.
_ATTEMPTS_TO_STOP = 6


def clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def advance(event: dict[str, Any]) -> dict[str, Any]:
    """One step forward. Everything that it raises is tried again by the state machine."""
    request, memo = Request.parse(event["Request"]), Memo.from_state(event.get("Memo"))
    if event.get("RetryCount"):
        # The step before came to no end: whatever it did is not known.
        memo = replace(memo, repeated=True)
    outcome = advancer_of(request).advance(request, memo, _elapsed(request, event))
    if isinstance(outcome, Pause):
        return {"Next": "WAIT", "Seconds": outcome.seconds, "Memo": outcome.memo.as_state()}
    result = {"Next": "RESPOND", "Answer": outcome.respond.answer.as_state()}
    if outcome.respond.job is not None:
        result["Tracker"] = begin(outcome.respond.job, request, _now(event)).as_state()
    if outcome.memo is not None:
        result["Memo"] = outcome.memo.as_state()
    return result


def clean_up(event: dict[str, Any]) -> dict[str, Any]:
    """One step to the end of the jobs that are left over when the request has its response."""
    request, memo = Request.parse(event["Request"]), Memo.from_state(event.get("Memo"))
    pause = advancer_of(request).clean_up(request, memo, _elapsed(request, event))
    if pause is None:
        return {"Next": "END"}
    return {"Next": "WAIT", "Seconds": pause.seconds, "Memo": pause.memo.as_state()}


def respond(event: dict[str, Any]) -> dict[str, Any]:
    """Tells CloudFormation the answer.

    Raises:
        AnswerNotDeliveredError: CloudFormation's bucket did not take it. The state machine tries again.
    """
    request = Request.parse(event["Request"])
    try:
        answer = Answer.from_state(event["Answer"])
    except (ValueError, AttributeError) as error:
        _stop_what_was_started(request)
        answer = failed(request, f"the function returned something that is no answer: {error}", None)
    put(request.response_url, answer.document(request))
    log("answered", request, status=answer.status)
    return {}


def fail(event: dict[str, Any]) -> dict[str, Any]:
    """Tells CloudFormation that the function could not find an answer, after it has made sure that no job
    goes on for that.

    Raises:
        TroubleError: the job could not be stopped. The state machine tries again.
        AnswerNotDeliveredError: CloudFormation's bucket did not take the answer. The state machine tries
        again.
    """
    request = Request.parse(event["Request"])
    error = event.get("Error") or {}
    reason = f"the request was not carried out: {error.get('Error', '')}: {error.get('Cause', '')}"
    log("fail", request, level="ERROR", reason=reason)
    try:
        _stop_what_was_started(request)
    except Exception as problem:
        if int(event.get("RetryCount") or 0) < _ATTEMPTS_TO_STOP:
            raise
        reason = f"the job of this request may still run, it could not be stopped ({problem}); {reason}"
    put(request.response_url, failed(request, reason, None).document(request))
    return {}


def start_tracking(event: dict[str, Any]) -> dict[str, Any]:
    """Starts the tracker of a job whose request has been answered.

    Raises:
        TroubleError: it could not be started. The state machine tries again.
    """
    tracker = Tracker.from_state(event["Tracker"])
    start_tracker(state_machines(), state_machine_arn(), event["FunctionName"], tracker)
    return {}


def track(event: dict[str, Any]) -> dict[str, Any]:
    """One look at a job that is followed."""
    tracker, now = Tracker.from_state(event["Tracker"]), _now(event)
    outcome = follow(tracker, sagemaker(), events(), now)
    if isinstance(outcome, End):
        return {"Next": "END"}
    if outcome.hands_over:
        try:
            start_tracker(state_machines(), state_machine_arn(), event["FunctionName"], outcome.tracker)
        except TroubleError as trouble:
            # This execution goes on; the next look tries again.
            log_tracker("not handed over", tracker, level="WARNING", why=str(trouble))
            kept = replace(outcome.tracker, looks=tracker.looks, handovers=tracker.handovers)
            return {"Next": "WAIT", "Seconds": outcome.seconds, "Tracker": kept.as_state()}
        return {"Next": "END"}
    return {"Next": "WAIT", "Seconds": outcome.seconds, "Tracker": outcome.tracker.as_state()}


def _stop_what_was_started(request: Request) -> None:
    """Stops the job that a failed request may have started: CloudFormation keeps the old one, and never
    learns of the new.
    """
    world = world_of(request)
    try:
        jobs = jobs_that_may_have_been_started(request, Evidence(request, Memo(), world, 0.0))
    except DoubtError:
        # Whose it is has to be seen over a minute: the Delete of the create, or the return of the update,
        # does.
        return
    for job in jobs:
        log("stop", request, job=job.name)
        world.sagemaker.stop(job.name)


def _elapsed(request: Request, event: dict[str, Any]) -> float:
    """Seconds since CloudFormation asked; a date that cannot be is not believed."""
    start, sent = _time(event["StartTime"]), request.sent
    if sent is None or not start - _LATEST <= sent <= start:
        sent = start
    return (_now(event) - sent).total_seconds()


def _now(event: dict[str, Any]) -> datetime:
    return max(_time(event["EnteredTime"]), clock())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
