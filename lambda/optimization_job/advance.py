"""One step of a request: decide and act until there is a response, or something to wait for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from .cloudformation.request import Request
from .cloudformation.response import Response
from .deciding import (
    Action,
    Create,
    Delete,
    Respond,
    Retag,
    Stop,
    Wait,
    change_of,
    decide_completion,
    decide_job,
    decide_left_over,
    decide_verification,
)
from .deciding.evidence import Clock, DoubtError, Evidence
from .deciding.memory import Memory
from .deciding.messages import time_is_up
from .deciding.patience import (
    QuotaQueue,
    failure,
    give_up_after,
    how_long,
    last_call,
    name_of,
    out_of_time,
    pause,
)
from .deciding.physical_id import failed_physical_resource_id, unchanging_physical_resource_id
from .deciding.queries import Queries
from .errors import CallError, ErrorKind
from .log import log
from .service_model import InvalidValueError

#: More actions than any step takes; a step that goes on longer waits a moment, so that it cannot turn in a
#: circle for nothing.
_MOST_ACTIONS = 8

#: A state machine that is deleted ends its executions only at their next transition, so none is far away.
_LONGEST_PAUSE = 300

#: Seconds between two looks at what is in doubt.
_DOUBT_INTERVAL = 15

#: Seconds after which a step takes no other look. The state machine waits two minutes for a step.
_LONG_STEP = 10

#: Seconds after which a job that is ended after the response is given up, if that is not permitted: then what
#: is needed for it has been deleted.
_HOPELESS = 900


class Commands(Protocol):
    """The calls that change something in SageMaker. Each one works, or raises a CallError."""

    def create(self, request: dict[str, object], *, again: bool = False) -> str:
        """Creates a job from the parameters of the kind's Create operation, and returns its ARN.

        Args:
            request: the parameters.
            again: true if what the request has created is gone.
        """

    def stop(self, name: str) -> None:
        """Asks for the end of a running job; a job that does not exist needs none."""

    def delete(self, name: str) -> None:
        """Deletes the record of a job that has ended; a record that does not exist needs no deletion."""

    def retag(self, arn: str, added: dict[str, str], removed: Sequence[str]) -> None:
        """Removes tags from a job, and adds others or changes their values."""


@dataclass(frozen=True)
class Pause:
    """Nothing to do for this many seconds; the memory is for the next step."""

    seconds: int
    memory: Memory


@dataclass(frozen=True)
class Settled:
    """The response, and what is left to do after it, if anything."""

    respond: Respond
    memory: Memory | None = None


@dataclass(frozen=True)
class Advancer:
    """Takes a request forward.

    Args:
        queries: reads jobs and stacks.
        commands: changes jobs.
        quota_queue: how a job waits for a quota that is full.
        chance: a random number from 0 to 1; it spreads those who wait for the same thing.
    """

    queries: Queries
    commands: Commands
    quota_queue: QuotaQueue
    chance: Callable[[], float] = random.random

    def advance(self, request: Request, memory: Memory, clock: Clock) -> Settled | Pause:
        """The next step of a request: its response, or a pause."""
        elapsed = clock()
        if elapsed < memory.until:
            return _pause(memory.until - elapsed, memory, elapsed)
        if memory.abandoned and elapsed >= last_call(request):
            # There is no time for a call that hangs.
            return self._fail(request, memory, memory.abandoned, elapsed)
        for _ in _looks(clock):
            evidence = Evidence(request, memory, self.queries, clock)
            try:
                action = self.decide(request, evidence)
                memory, elapsed = evidence.memory, clock()
                if isinstance(action, Respond):
                    _log_response(request, action.response, elapsed)
                    return Settled(action, memory if memory.left_over else None)
                late = _too_late(request, action, memory, elapsed)
                if late:
                    job = f"{request.kind.noun} {_wanted_job(request)}".rstrip()
                    reason = memory.abandoned or out_of_time(late, memory, job, elapsed)
                    return self._fail(request, memory, reason, elapsed)
                if isinstance(action, Wait):
                    log("wait", request, seconds=action.seconds, why=action.why, elapsed=int(elapsed))
                    return _pause(action.seconds, memory, elapsed)
                memory = self._act(request, action, memory, elapsed)
            except InvalidValueError as error:
                return self._fail(request, evidence.memory, str(error), clock())
            except DoubtError as doubt:
                return self._look_again(doubt, request, evidence.memory, clock())
            except CallError as trouble:
                return self._meet(trouble, request, evidence.memory, clock())
        return Pause(1, memory)

    def clean_up(self, request: Request, memory: Memory, clock: Clock) -> Pause | None:
        """The next step after the response: ends the job that is left over; None when there is none any more.

        Nobody waits for this, so it takes as long as it has to.
        """
        for _ in _looks(clock):
            evidence = Evidence(request, memory, self.queries, clock)
            try:
                action = decide_left_over(request, evidence)
                memory, elapsed = evidence.memory, clock()
                if action is None:
                    return None
                if isinstance(action, Wait):
                    log("wait", request, seconds=action.seconds, why=action.why)
                    return _rare(action.seconds, memory, elapsed)
                if isinstance(action, Stop | Delete):
                    memory = self._act(request, action, memory, elapsed)
            except DoubtError as doubt:
                elapsed = clock()
                return _rare(_DOUBT_INTERVAL, evidence.memory.met(doubt.what, elapsed), elapsed)
            except CallError as trouble:
                elapsed = clock()
                memory = evidence.memory.met(name_of(trouble), elapsed, str(trouble))
                waited = elapsed - memory.since[name_of(trouble)]
                if trouble.kind in (ErrorKind.PERMISSION, ErrorKind.PERMANENT) and waited >= _HOPELESS:
                    log("left", request, level="ERROR", jobs=list(memory.left_over), why=str(trouble))
                    return None
                log("wait", request, level="WARNING", why=str(trouble), kind=trouble.kind.value)
                seconds = pause(trouble.kind, _LONGEST_PAUSE, self.quota_queue, self.chance())
                return _rare(60 if trouble.kind is ErrorKind.PERMANENT else seconds, memory, elapsed)
        return Pause(1, memory)

    def decide(self, request: Request, evidence: Evidence) -> Action:
        """The next action, without doing it."""
        if request.is_of_job:
            return decide_job(request, evidence)
        decide = decide_verification if request.is_of_verification else decide_completion
        return decide(request, evidence)

    def _act(
        self, request: Request, action: Create | Stop | Delete | Retag, memory: Memory, elapsed: float
    ) -> Memory:
        if isinstance(action, Create):
            name = action.request[request.kind.name_member]
            log("create", request, job=name)
            arn = self.commands.create(action.request, again=bool(memory.made))
            memory = memory.over(f"{request.kind.operation('Create')}: ")
            memory = memory.after_a_create(name, is_unique=request.kind.names_are_unique)
            made = "" if request.kind.names_are_unique else arn
            return replace(memory, tried=True, created=True, made=made)
        if isinstance(action, Stop | Delete):
            verb = type(action).__name__
            log(verb.lower(), request, job=action.name)
            memory = replace(memory, asked={**memory.asked, f"{verb} {action.name}": elapsed})
            try:
                (self.commands.stop if isinstance(action, Stop) else self.commands.delete)(action.name)
            except CallError as trouble:
                if trouble.kind is not ErrorKind.CONFLICT:
                    raise
                # Its status does not allow it now: the next look says what it is, and when to ask again.
                log("refused", request, level="WARNING", why=str(trouble))
                return memory.met(name_of(trouble), elapsed, str(trouble))
            return memory.over(f"{request.kind.operation(verb)}: ")
        log("retag", request, job=action.arn, added=len(action.add), removed=len(action.remove))
        self.commands.retag(action.arn, action.add, action.remove)
        return replace(memory.over("AddTags: ").over("DeleteTags: "), tagged=True)

    def _look_again(
        self, doubt: DoubtError, request: Request, memory: Memory, elapsed: float
    ) -> Settled | Pause:
        memory = memory.met(doubt.what, elapsed)
        # A rounding error can leave a rest of zero seconds. Then the same step would follow without end.
        seconds = max(1.0, min(_DOUBT_INTERVAL, memory.since[doubt.what] + doubt.seconds - elapsed))
        if elapsed + seconds >= last_call(request):
            return self._fail(request, memory, time_is_up(doubt.what, elapsed), elapsed)
        log("look again", request, seconds=int(seconds), why=doubt.what)
        return _pause(seconds, memory, elapsed)

    def _meet(self, trouble: CallError, request: Request, memory: Memory, elapsed: float) -> Settled | Pause:
        """Waits out what passes, and fails at what does not."""
        if trouble.kind is ErrorKind.QUOTA and not request.kind.runs:
            # No other one ends by itself, and so leaves room for this one.
            trouble = CallError(ErrorKind.PERMANENT, trouble.operation, str(trouble))
        is_of_create = trouble.operation == request.kind.operation("Create")
        if is_of_create and trouble.kind in (ErrorKind.TRANSIENT, ErrorKind.NAME_TAKEN):
            # The response may have been lost after the job was created, here or before botocore's own retry.
            is_unique = request.kind.names_are_unique
            memory = replace(memory.after_a_create(_wanted_job(request), is_unique=is_unique), tried=True)
        memory = memory.met(name_of(trouble), elapsed, str(trouble))
        patience = how_long(trouble, request, memory, elapsed, self.quota_queue)
        if patience > 0:
            seconds = pause(trouble.kind, patience, self.quota_queue, self.chance())
            log("wait", request, level="WARNING", seconds=seconds, why=str(trouble), kind=trouble.kind.value)
            return _pause(seconds, memory, elapsed)
        name = _wanted_job(request)
        reason = failure(trouble, memory, self.quota_queue, f"{request.kind.noun} {name}", elapsed)
        if memory.tried and not memory.abandoned:
            # CloudFormation may never ask for the end of the job that this request may have started.
            log("abandon", request, level="WARNING", why=reason)
            return Pause(0, replace(memory.give_up(name, "", reason), since={}, messages={}))
        return self._fail(request, memory, memory.abandoned or reason, elapsed)

    def _fail(self, request: Request, memory: Memory, reason: str, elapsed: float) -> Settled:
        in_the_way = [text for name, text in memory.messages.items() if name.startswith(("Stop", "Describe"))]
        if request.kind.runs and memory.abandoned and memory.left_over and in_the_way:
            reason = f"{reason}. The job may still run, and is stopped as soon as it can be: {in_the_way[0]}"
        response = failed(request, reason, memory)
        _log_response(request, response, elapsed)
        return Settled(Respond(response), memory if memory.left_over else None)


def _looks(clock: Clock) -> Iterator[None]:
    """The looks of one step: a few, and none that begins late."""
    began = clock()
    for _ in range(_MOST_ACTIONS):
        if clock() - began <= _LONG_STEP:
            yield


def failed(request: Request, reason: str, memory: Memory | None) -> Response:
    """The response to a request that has failed, with the id that CloudFormation should go on with."""
    if not request.is_of_job:
        return Response("FAILED", unchanging_physical_resource_id(request), reason)
    return Response("FAILED", failed_physical_resource_id(request, memory), reason)


def _pause(seconds: float, memory: Memory, elapsed: float) -> Pause:
    """A pause, or the first part of one that is long."""
    if seconds <= _LONGEST_PAUSE:
        return Pause(max(1, math.ceil(seconds)) if seconds else 0, replace(memory, until=0.0))
    return Pause(_LONGEST_PAUSE, replace(memory, until=elapsed + seconds))


def _wanted_job(request: Request) -> str:
    change = change_of(request) if request.is_of_job else None
    return change.name if change else ""


def _rare(seconds: float, memory: Memory, elapsed: float) -> Pause:
    """A pause that grows with the time, so that an execution of days does not run out of history."""
    return Pause(math.ceil(max(seconds, min(_LONGEST_PAUSE, elapsed / 60))), memory)


def _too_late(request: Request, action: Action, memory: Memory, elapsed: float) -> str:
    """The reason why an action comes too late; empty if there is time for the action.

    A job is not created when its create can hardly have a response before CloudFormation's hour is over.
    """
    if not request.is_of_job or elapsed < give_up_after(request, memory):
        return ""
    if isinstance(action, Create):
        return f"the {request.kind.noun} had not been created"
    return action.why if isinstance(action, Wait) else ""


def _log_response(request: Request, response: Response, elapsed: float) -> None:
    log(
        "response",
        request,
        level="INFO" if response.status == "SUCCESS" else "ERROR",
        status=response.status,
        job=response.data.get(request.kind.name_member) or response.physical_resource_id,
        reason=response.reason,
        elapsed=int(elapsed),
    )
