"""The steps of an execution.

It advances until there is a response, sends it, or says that the request failed. Then it starts to follow the
job, and ends what is left over.

Each step returns the next one, the state that it needs, and after how many seconds it comes, if not at once.

Time comes from CloudFormation, which says when it asked, and from the state machine, which says when it
entered the step. A step may begin later than it was entered, and its calls may take minutes: only the
function's clock knows that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import random
from typing import Any

from .advance import Advancer, Pause, failed
from .cloudformation.request import Request
from .cloudformation.response import Response
from .cloudformation.send import ResponseNotDeliveredError, put
from .contract import PIPELINE_STEP
from .deciding import jobs_that_may_have_been_started
from .deciding.evidence import Clock, DoubtError
from .deciding.memory import Memory
from .errors import CallError
from .log import log
from .pipeline import End as EndOfRun
from .pipeline import Run, log_run
from .pipeline import advance as advance_pipeline
from .step_executions import start_step
from .tracking import End, Measurement, Tracker, begin, follow, log_tracker, start_tracker
from .tracking.history import History
from .tracking.look import look
from .wiring import (
    advancer_of,
    counter,
    events,
    queries_of,
    quota_queue,
    sagemaker,
    state_machine_arn,
    state_machines,
    tokens,
)

#: Lambda keeps a request no longer than this in its queue.
_LATEST = timedelta(hours=6)

#: Seconds until a response that CloudFormation's bucket did not take is sent again.
_DELIVERED_AGAIN = 30

#: Seconds until a pipeline's job is handed over again to a new execution, at least.
_HANDED_OVER_AGAIN = 60

#: After this many attempts the failure is told even if the job could not be stopped.
_ATTEMPTS_TO_STOP = 6


def clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def advance(event: dict[str, Any]) -> dict[str, Any]:
    """One step forward. Everything that it raises is tried again by the state machine."""
    request, memory = Request.parse(event["Request"]), _memory(event)
    if event.get("RetryCount"):
        # The step before came to no end: whatever it did is not known.
        memory = replace(_after_a_death(request, memory), repeated=True)
    outcome = _advancer(request, event).advance(request, memory, _clock_of(request, event))
    if isinstance(outcome, Pause):
        return _next("advance", {"Memory": outcome.memory.as_state()}, outcome.seconds)
    state: dict[str, Any] = {"Response": outcome.respond.response.as_state()}
    if outcome.respond.job is not None:
        state["Tracker"] = begin(outcome.respond.job, request, _now(event)).as_state()
    if outcome.memory is not None:
        state["Memory"] = outcome.memory.as_state()
    return _next("respond", state)


def respond(event: dict[str, Any]) -> dict[str, Any]:
    """Sends CloudFormation the response.

    Nothing waits for a response that CloudFormation's bucket does not accept: it stays in the state, and is
    sent again.
    """
    request, state = Request.parse(event["Request"]), event["State"]
    try:
        response = Response.from_state(state["Response"])
    except (ValueError, AttributeError) as error:
        _stop_what_was_started(request, _clock_of(request, event))
        response = failed(request, f"the function returned an invalid response: {error}", None)
    state = {**state, "Response": response.as_state()}
    try:
        put(request.response_url, response.document(request))
    except ResponseNotDeliveredError as error:
        log("not responded", request, level="WARNING", reason=str(error))
    else:
        log("responded", request, status=response.status)
        del state["Response"]
    return _next("start_tracking" if "Tracker" in state else "clean_up", state)


def fail(event: dict[str, Any]) -> dict[str, Any]:
    """Makes sure that no job goes on for a request that could not be carried out; its response says why.

    Raises:
        CallError: the job could not be stopped. The state machine tries again.
    """
    request = Request.parse(event["Request"])
    error = event.get("Error") or {}
    cause = str(error.get("Cause", ""))
    if "://" in cause or "ignature" in cause:
        # Step Functions quotes the state in some errors, and it has the address of the response.
        cause = "see the execution"
    reason = f"the request was not carried out: {error.get('Error', '')}: {cause}"
    log("fail", request, level="ERROR", reason=reason)
    try:
        _stop_what_was_started(request, _clock_of(request, event))
    except Exception as problem:
        if int(event.get("RetryCount") or 0) < _ATTEMPTS_TO_STOP:
            raise
        reason = (
            f"the job of this request may still run, because it could not be stopped ({problem}); {reason}"
        )
    return _next("respond", {"Response": failed(request, reason, None).as_state()})


def start_tracking(event: dict[str, Any]) -> dict[str, Any]:
    """Starts the tracker of a job whose request has its response.

    Raises:
        CallError: it could not be started. The state machine tries again.
    """
    state = dict(event["State"])
    tracker = Tracker.from_state(state.pop("Tracker"))
    start_tracker(state_machines(), state_machine_arn(), event["FunctionName"], tracker)
    return _next("clean_up", state)


def clean_up(event: dict[str, Any]) -> dict[str, Any]:
    """One step to the end of the jobs that are left over.

    A response that was not taken yet is sent again after it, for as long as CloudFormation waits for it.
    """
    request, memory = Request.parse(event["Request"]), _memory(event)
    since_request = _clock_of(request, event)
    pause = _advancer(request, event).clean_up(request, memory, since_request) if memory.left_over else None
    state = {"Memory": pause.memory.as_state()} if pause else {}
    response = event["State"].get("Response")
    if response is not None and since_request() < request.time_limit:
        seconds = min(_DELIVERED_AGAIN, pause.seconds) if pause else _DELIVERED_AGAIN
        return _next("respond", {**state, "Response": response}, seconds)
    return _next("clean_up", state, pause.seconds) if pause else _END


def track(event: dict[str, Any]) -> dict[str, Any]:
    """One look at a job that is followed."""
    tracker, now = Tracker.from_state(event["State"]["Tracker"]), _now(event)
    tracker = replace(tracker, history=_after_pass(tracker.history, event))
    outcome = follow(tracker, sagemaker(tracker.kind), events(), counter(event["FunctionName"]), now)
    if isinstance(outcome, End):
        return _END
    if outcome.hands_over:
        try:
            start_tracker(state_machines(), state_machine_arn(), event["FunctionName"], outcome.tracker)
        except CallError as trouble:
            # This execution goes on; the next look tries again.
            log_tracker("not handed over", tracker, level="WARNING", why=str(trouble))
            kept = replace(
                outcome.tracker,
                history=tracker.history.until(now, outcome.seconds),
                handovers=tracker.handovers,
            )
            return _next("track", {"Tracker": kept.as_state()}, outcome.seconds)
        return _END
    return _next("track", {"Tracker": outcome.tracker.as_state()}, outcome.seconds)


def measure(event: dict[str, Any]) -> dict[str, Any]:
    """Writes the metrics of a job that has ended."""
    Measurement.from_state(event["State"]["Measurement"]).write()
    return _END


def run(event: dict[str, Any]) -> dict[str, Any]:
    """One look at a job that a pipeline waits for."""
    function_arn = event["FunctionName"]
    present = Run.from_state(event["State"]["Run"], event["StartTime"])
    present = replace(present, history=_after_pass(present.history, event))
    if event.get("RetryCount"):
        present = present.repeated()
    outcome = advance_pipeline(
        present,
        sagemaker(present.kind),
        tokens(),
        lambda run, job: start_tracker(
            state_machines(), state_machine_arn(), function_arn, look(run.tracker(job), job, _now(event))
        ),
        now=lambda: _now(event),
        quota_jitter=quota_queue().jitter,
        chance=random(),
    )
    if isinstance(outcome, EndOfRun):
        return _END
    if outcome.hands_over:
        name, state = outcome.run.execution_name, {"Run": outcome.run.as_state()}
        try:
            start_step(state_machines(), state_machine_arn(), function_arn, name, PIPELINE_STEP, state)
        except CallError as trouble:
            # This execution goes on; the next look tries again.
            log_run("not handed over", present, level="WARNING", why=str(trouble), kind=trouble.kind.value)
            seconds = max(outcome.seconds, _HANDED_OVER_AGAIN)
            history = present.history.until(_now(event), seconds)
            kept = replace(outcome.run, history=history, handovers=present.handovers)
            return _next(PIPELINE_STEP, {"Run": kept.as_state()}, seconds)
        return _END
    return _next(PIPELINE_STEP, {"Run": outcome.run.as_state()}, outcome.seconds)


#: There is no next step.
_END = {"Next": "end"}


def _advancer(request: Request, event: dict[str, Any]) -> Advancer:
    return advancer_of(request, event.get("FunctionName", ""), clock)


def _next(step: str, state: dict[str, Any], seconds: int = 0) -> dict[str, Any]:
    return {"Next": step, "State": state, **({"Seconds": seconds} if seconds else {})}


def _memory(event: dict[str, Any]) -> Memory:
    return Memory.from_state((event.get("State") or {}).get("Memory"))


def _after_pass(history: History, event: dict[str, Any]) -> History:
    return history.after_pass(_time(event["EnteredTime"]), int(event.get("RetryCount") or 0))


def _after_a_death(request: Request, memory: Memory) -> Memory:
    """The memory when a step came to no end, which may have created a job.

    Each doubt begins again, but only once: Lambda may throttle every step, and then no doubt would end. Where
    SageMaker does not refuse a second job of the same name, it begins again each time.
    """
    if memory.repeated and (request.is_delete or request.kind.names_are_unique):
        return memory
    return memory.after_a_create()


def _stop_what_was_started(request: Request, since_request: Clock) -> None:
    """Stops the job that a failed request may have started.

    CloudFormation keeps the old one, and never learns of the new one.
    """
    queries = queries_of(request)
    try:
        for job in jobs_that_may_have_been_started(request, queries, since_request):
            log("stop", request, job=job.name)
            queries.sagemaker.stop(job.name)
    except DoubtError:
        # Whose it is has to be seen over a minute: the Delete of the create, or the return of the update,
        # does.
        return


def _clock_of(request: Request, event: dict[str, Any]) -> Clock:
    """The seconds since CloudFormation asked, now; a date that cannot be is not believed."""
    start, sent = _time(event["StartTime"]), request.sent
    if sent is None or not start - _LATEST <= sent <= start:
        sent = start
    return lambda: (_now(event) - sent).total_seconds()


def _now(event: dict[str, Any]) -> datetime:
    return max(_time(event["EnteredTime"]), clock())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
