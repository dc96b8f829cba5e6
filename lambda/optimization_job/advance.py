"""One step of a request: decide and act until there is an answer, or until there is something to wait for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from .answer import Answer
from .deciding import (
    Action,
    Create,
    Delete,
    Remember,
    Respond,
    Retag,
    Stop,
    Wait,
    World,
    completion_physical_resource_id,
    decide_completion,
    decide_job,
    failed_physical_resource_id,
)
from .log import log
from .memo import Memo
from .messages import time_is_up
from .obstacles import Obstacle, QuotaQueue, give_up_after, how_long
from .request import COMPLETION_TYPE, JOB_TYPE, Request
from .service_model import InvalidValueError
from .trouble import Kind, TroubleError

#: More actions than any step takes; a step that goes on longer waits a moment, so that it cannot turn in a
#: circle for nothing.
_MOST_ACTIONS = 8


class Hands(Protocol):
    """What changes something in SageMaker. Each call worked, or raises a TroubleError."""

    def create(self, request: dict[str, object]) -> None: ...
    def stop(self, name: str) -> None: ...
    def delete(self, name: str) -> None: ...
    def tag(self, arn: str, tags: dict[str, str]) -> None: ...
    def untag(self, arn: str, keys: list[str]) -> None: ...


@dataclass(frozen=True)
class Pause:
    """Nothing to do for this many seconds; the memo is for the next step."""

    seconds: int
    memo: Memo


@dataclass(frozen=True)
class Advancer:
    """Takes a request forward.

    Args:
        world: answers what is the case.
        hands: change what is to be changed.
        quota_queue: how a job waits for a quota that is full.
        chance: a random number from 0 to 1; it spreads those who wait for the same thing.
    """

    world: World
    hands: Hands
    quota_queue: QuotaQueue
    chance: Callable[[], float] = random.random

    def advance(self, request: Request, memo: Memo, elapsed: float) -> Respond | Pause:
        """The next step of a request that came this many seconds ago: its answer, or a pause."""
        for _ in range(_MOST_ACTIONS):
            try:
                action = self.decide(request, memo, elapsed)
                if isinstance(action, Respond):
                    _log_answer(request, action.answer, elapsed)
                    return action
                late = _too_late(request, action, memo, elapsed)
                if late:
                    return self._fail(request, memo.abandoned or time_is_up(late, elapsed), elapsed)
                if isinstance(action, Wait):
                    log("wait", request, seconds=action.seconds, why=action.why, elapsed=int(elapsed))
                    return Pause(action.seconds, memo)
                if isinstance(action, Remember):
                    log("remember", request, why=action.why)
                    return Pause(0, action.memo)
                memo = self._act(request, action, memo)
            except InvalidValueError as error:
                return self._fail(request, str(error), elapsed)
            except TroubleError as trouble:
                return self._meet(trouble, request, memo, elapsed)
        return Pause(1, memo)

    def decide(self, request: Request, memo: Memo, elapsed: float) -> Action:
        """What is next, without doing it."""
        if request.resource_type == COMPLETION_TYPE:
            return decide_completion(request, self.world, elapsed)
        return decide_job(request, memo, self.world)

    def _act(self, request: Request, action: Create | Stop | Delete | Retag, memo: Memo) -> Memo:
        if isinstance(action, Create):
            log("create", request, job=action.request["OptimizationJobName"])
            self.hands.create(action.request)
            return replace(memo, tried=True, obstacle="", obstacle_since=0.0)
        if isinstance(action, Stop):
            log("stop", request, job=action.name)
            self.hands.stop(action.name)
            return memo
        if isinstance(action, Delete):
            log("delete", request, job=action.name)
            self.hands.delete(action.name)
            return memo
        log("retag", request, job=action.arn, added=len(action.add), removed=len(action.remove))
        if action.add:
            self.hands.tag(action.arn, action.add)
        if action.remove:
            self.hands.untag(action.arn, list(action.remove))
        return replace(memo, tagged=True)

    def _meet(self, trouble: TroubleError, request: Request, memo: Memo, elapsed: float) -> Respond | Pause:
        """Waits out what passes, and fails at what does not."""
        if trouble.operation == "CreateOptimizationJob" and trouble.kind in (Kind.TRANSIENT, Kind.NAME_TAKEN):
            # The answer may have been lost after the job was created, here or before botocore's own retry.
            memo = replace(memo, tried=True)
        obstacle = Obstacle.of(trouble)
        if obstacle.name != memo.obstacle:
            memo = replace(memo, obstacle=obstacle.name, obstacle_since=elapsed)
        patience = how_long(trouble.kind, memo, elapsed, self.quota_queue)
        if patience > 0:
            seconds = obstacle.pause(patience, self.quota_queue, self.chance())
            log("wait", request, level="WARNING", seconds=seconds, why=str(trouble), kind=trouble.kind.value)
            return Pause(seconds, memo)
        reason = obstacle.failure(failed_physical_resource_id(request), elapsed - memo.obstacle_since)
        if memo.tried and not memo.abandoned:
            # CloudFormation may never ask for the end of the job that this request may have started.
            log("abandon", request, level="WARNING", why=reason)
            return Pause(0, replace(memo, abandoned=reason, obstacle="", obstacle_since=0.0))
        return self._fail(request, memo.abandoned or reason, elapsed)

    def _fail(self, request: Request, reason: str, elapsed: float) -> Respond:
        answer = failure(request, reason)
        _log_answer(request, answer, elapsed)
        return Respond(answer)


def _too_late(request: Request, action: Action, memo: Memo, elapsed: float) -> str:
    """What there is no time for any more; empty if there is time for the action.

    A job is not started when its create can hardly be answered before CloudFormation's hour is over.
    """
    if request.resource_type != JOB_TYPE or elapsed < give_up_after(memo):
        return ""
    if isinstance(action, Create):
        return "the job had not been started"
    return action.why if isinstance(action, Wait) else ""


def failure(request: Request, reason: str) -> Answer:
    """The answer that a request has failed, with the id that makes CloudFormation do the right thing next."""
    if request.resource_type == COMPLETION_TYPE:
        return Answer("FAILED", completion_physical_resource_id(request), reason)
    return Answer("FAILED", failed_physical_resource_id(request), reason)


def _log_answer(request: Request, answer: Answer, elapsed: float) -> None:
    log(
        "answer",
        request,
        level="INFO" if answer.status == "SUCCESS" else "ERROR",
        status=answer.status,
        job=answer.data.get("OptimizationJobName") or answer.physical_resource_id,
        reason=answer.reason,
        elapsed=int(elapsed),
    )
