"""The steps of the state machine: advance until there is an answer, respond with it, or say that it failed.

All time comes from CloudFormation, which says when it asked, and from the state machine, which says when it
entered the step. So the function has no clock of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .advance import Pause, failure
from .answer import Answer
from .deciding import job_that_may_have_been_started
from .log import log
from .memo import Memo
from .put import put
from .request import Request
from .surroundings import advancer_of, world_of
from .trouble import TroubleError

#: Lambda keeps a request no longer than this in its queue.
_LATEST = timedelta(hours=6)

#: After this many attempts the failure is told even if the job could not be stopped.
_ATTEMPTS_TO_STOP = 6


def advance(event: dict[str, Any]) -> dict[str, Any]:
    """One step forward. Everything that it raises is tried again by the state machine."""
    request = Request.parse(event["Request"])
    elapsed = _elapsed(request, _time(event["StartTime"]), _time(event["EnteredTime"]))
    outcome = advancer_of(request).advance(request, Memo.from_state(event.get("Memo")), elapsed)
    if isinstance(outcome, Pause):
        return {"Next": "WAIT", "Seconds": outcome.seconds, "Memo": outcome.memo.as_state()}
    return {"Next": "RESPOND", "Answer": outcome.as_state()}


def respond(event: dict[str, Any]) -> dict[str, Any]:
    """Tells CloudFormation the answer.

    Raises:
        AnswerNotDeliveredError: CloudFormation's bucket did not take it. The state machine tries again.
    """
    request = Request.parse(event["Request"])
    try:
        answer = Answer.from_state(event["Answer"])
    except (ValueError, AttributeError) as error:
        answer = failure(request, f"the function gave an answer that is none: {error}")
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
    except TroubleError as trouble:
        if int(event.get("RetryCount") or 0) < _ATTEMPTS_TO_STOP:
            raise
        reason = f"the job of this request may still run, it could not be stopped ({trouble}); {reason}"
    put(request.response_url, failure(request, reason).document(request))
    return {}


def _stop_what_was_started(request: Request) -> None:
    """Stops the job that a failed request may have started: CloudFormation keeps the old one, and never
    learns of the new.
    """
    world = world_of(request)
    job = job_that_may_have_been_started(request, world)
    if job is not None:
        log("stop", request, job=job.name)
        world.sagemaker.stop(job.name)


def _elapsed(request: Request, start: datetime, now: datetime) -> float:
    """Seconds since CloudFormation asked; a date that cannot be is not believed."""
    sent = request.sent
    if sent is None or not start - _LATEST <= sent <= start:
        sent = start
    return (now - sent).total_seconds()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
