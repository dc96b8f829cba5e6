"""How long to wait for what is in the way, and what to say when that was too long."""

from __future__ import annotations

from dataclasses import dataclass

from .memo import Memo
from .messages import not_permitted, quota_stayed_full
from .properties import LONGEST_LEG
from .trouble import Kind, TroubleError

#: Seconds after the request at which it is given up, so that the answer comes before CloudFormation's hour is
#: over.
_GIVE_UP_AFTER = LONGEST_LEG

#: An API that does not answer is asked a little longer, and so is the end of a job that must not go on.
_LAST_CALL = 3480

#: Seconds that a new role or policy may take to work everywhere.
PROPAGATION = 120

_PATIENCE = {Kind.PERMISSION: PROPAGATION, Kind.CONFLICT: PROPAGATION, Kind.NAME_TAKEN: 300}

#: The shortest pause, in seconds, between two tries, and over how many seconds chance spreads the next one.
_PAUSES = {
    Kind.TRANSIENT: (5, 15),
    Kind.PERMISSION: (5, 5),
    Kind.CONFLICT: (5, 5),
    Kind.NAME_TAKEN: (5, 5),
}

#: The shortest pause, in seconds, between two tries of a job whose quota is full.
_QUOTA_PAUSE = 60


@dataclass(frozen=True)
class QuotaQueue:
    """How jobs wait for a quota that is full."""

    #: Seconds that a job waits at most.
    timeout: int = 3000
    #: Seconds over which chance spreads those who wait.
    jitter: int = 60


@dataclass(frozen=True)
class Obstacle:
    """What is in the way of one request."""

    kind: Kind
    operation: str
    message: str

    @classmethod
    def of(cls, trouble: TroubleError) -> Obstacle:
        return cls(trouble.kind, trouble.operation, str(trouble))

    @property
    def name(self) -> str:
        return f"{self.operation}: {self.kind.value}"

    def pause(self, patience: float, queue: QuotaQueue, chance: float) -> int:
        """Seconds until the next try, spread by chance so that many who wait do not come together.

        Args:
            patience: seconds that this may still be waited for.
            queue: how jobs wait for a quota.
            chance: a random number from 0 to 1.
        """
        shortest, spread = (_QUOTA_PAUSE, queue.jitter) if self.kind is Kind.QUOTA else _PAUSES[self.kind]
        return max(1, int(min(patience, shortest + spread * chance)))

    def failure(self, job_name: str, waited: float) -> str:
        if self.kind is Kind.QUOTA:
            return quota_stayed_full(job_name, self.message, waited)
        if self.kind is Kind.PERMISSION and waited > 0:
            return not_permitted(self.message, waited)
        return self.message


def give_up_after(memo: Memo) -> float:
    """Seconds after the request at which nothing is waited for any more."""
    return _LAST_CALL if memo.abandoned else _GIVE_UP_AFTER


def how_long(kind: Kind, memo: Memo, elapsed: float, queue: QuotaQueue) -> float:
    """Seconds that the present obstacle may still be waited for; none if it is permanent."""
    if kind is Kind.TRANSIENT:
        return _LAST_CALL - elapsed
    limit = queue.timeout if kind is Kind.QUOTA else _PATIENCE.get(kind)
    if limit is None:
        return 0
    return min(limit - (elapsed - memo.obstacle_since), give_up_after(memo) - elapsed)
