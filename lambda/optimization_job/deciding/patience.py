"""The time to wait for each obstacle, and the message when that was too long.

Each obstacle has a clock of its own: another one in between does not restart it, and a call that works again
ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..cloudformation.request import Request
from ..contract import DEFAULT_QUOTA_JITTER, DEFAULT_QUOTA_TIMEOUT
from ..errors import CallError, ErrorKind
from .memory import Memory
from .messages import not_permitted, quota_stayed_full, time_is_up

#: The part of the time that CloudFormation waits after which a request is given up, so that the response
#: comes in time: 55 minutes of the hour.
_GIVE_UP_AFTER = 11 / 12

#: Until 58 minutes of the hour, an API that returns no response is asked, and a job ended that must not go
#: on. The rest is for the calls of the last step. Of a shorter time, it is a tenth.
_FOR_THE_LAST_STEP = 120
_PART_FOR_THE_LAST_STEP = 1 / 10

#: Seconds that a new role or policy may take to work everywhere.
PROPAGATION = 120

_PATIENCE = {ErrorKind.PERMISSION: PROPAGATION, ErrorKind.NAME_TAKEN: 300, ErrorKind.NOT_FOUND: 60}

#: The shortest pause, in seconds, between two tries, and over how many seconds chance spreads the next one.
_PAUSES = {ErrorKind.TRANSIENT: (5, 15), ErrorKind.QUOTA: (60, 60)}
_PAUSE = (5, 5)


@dataclass(frozen=True)
class QuotaQueue:
    """The settings of jobs that wait for a full quota."""

    #: Seconds that a job waits at most.
    timeout: int = DEFAULT_QUOTA_TIMEOUT
    #: Seconds over which chance spreads those who wait.
    jitter: int = DEFAULT_QUOTA_JITTER


def name_of(trouble: CallError) -> str:
    """The name of an obstacle: its clock's."""
    return f"{trouble.operation}: {trouble.kind.value}"


def pause(kind: ErrorKind, patience: float, queue: QuotaQueue, chance: float) -> int:
    """Seconds until the next try, spread by chance so that many who wait do not come together.

    Args:
        kind: the kind of obstacle.
        patience: seconds that this may still be waited for.
        queue: how jobs wait for a quota.
        chance: a random number from 0 to 1.
    """
    shortest, spread = _PAUSES.get(kind, _PAUSE)
    if kind is ErrorKind.QUOTA:
        spread = queue.jitter
    return max(1, int(min(patience, shortest + spread * chance)))


def failure(trouble: CallError, memory: Memory, queue: QuotaQueue, job: str, elapsed: float) -> str:
    """The reason why a request fails at an obstacle.

    It is the obstacle itself if its own time is up, and otherwise the one that has lasted longest,
    which may not be the last one.
    """
    name = name_of(trouble)
    if trouble.kind is not ErrorKind.PERMANENT and elapsed - memory.since[name] < limit(trouble.kind, queue):
        name = _longest(memory)
    return _told(name, memory, job, elapsed)


def out_of_time(why: str, memory: Memory, job: str, elapsed: float) -> str:
    """The reason why a request fails when its time is up: the obstacle that lasted longest, if any.

    Args:
        why: what there is no time for any more.
        memory: what is remembered of the request.
        job: the job that it asks for, in words.
        elapsed: seconds since the request.
    """
    return _told(_longest(memory), memory, job, elapsed) if memory.messages else time_is_up(why, elapsed)


def give_up_after(request: Request, memory: Memory) -> float:
    """Seconds after the request at which nothing is waited for any more."""
    latest = last_call(request)
    return latest if memory.abandoned else min(latest, request.time_limit * _GIVE_UP_AFTER)


def last_call(request: Request) -> float:
    """Seconds after the request at which it has to have its response."""
    return request.time_limit - min(_FOR_THE_LAST_STEP, request.time_limit * _PART_FOR_THE_LAST_STEP)


def how_long(
    trouble: CallError, request: Request, memory: Memory, elapsed: float, queue: QuotaQueue
) -> float:
    """Seconds that an obstacle may still be waited for; none if it is permanent."""
    if trouble.kind is ErrorKind.PERMANENT:
        return 0
    if trouble.kind is ErrorKind.TRANSIENT:
        return last_call(request) - elapsed
    waited = elapsed - memory.since[name_of(trouble)]
    return min(limit(trouble.kind, queue) - waited, give_up_after(request, memory) - elapsed)


def _longest(memory: Memory) -> str:
    return min(memory.messages, key=lambda each: memory.since[each])


def _told(name: str, memory: Memory, job: str, elapsed: float) -> str:
    message, waited = memory.messages[name], elapsed - memory.since[name]
    if name.endswith(f": {ErrorKind.QUOTA.value}"):
        return quota_stayed_full(job, message, waited)
    if name.endswith(f": {ErrorKind.PERMISSION.value}") and waited > 0:
        return not_permitted(message, waited)
    return message


def limit(kind: ErrorKind, queue: QuotaQueue) -> float:
    """Seconds that one obstacle is waited for; without end if only the request's own time limits it."""
    return queue.timeout if kind is ErrorKind.QUOTA else _PATIENCE.get(kind, float("inf"))
