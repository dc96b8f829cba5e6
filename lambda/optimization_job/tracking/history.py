"""The length of an execution's history. Step Functions ends an execution whose history has 25,000 events.

An execution that looks at a job again and again starts the next one before that. The function sees how often
its step was tried, but not the passes through the states in which it did not run at all. So these are counted
from the time that has passed: each of them has a long wait.

https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: The events with which an execution hands over to the next one. It takes the rest if Lambda runs no function
#: for hours, because then nothing can start the next one.
LONG = 11_000

#: Events of a pass: the task with its attempt, the choice, the wait, and the state that goes on.
PASS = 11

#: Events of an attempt that fails.
ATTEMPT = 3

#: The most retries of a task, of all retriers together.
RETRIES = 89

#: The most events of a pass in which each attempt fails, and the seconds that it waits at least.
LOST_PASS = 6 + ATTEMPT * (RETRIES + 1)
LOST_PASS_SECONDS = 300


@dataclass(frozen=True)
class History:
    """The history of an execution that looks at a job."""

    #: The events until now, at most.
    events: int = 0
    #: The time of the next look, in ISO 8601. Empty before the first one.
    due: str = ""

    @property
    def is_long(self) -> bool:
        """True if the execution has to hand over."""
        return self.events >= LONG

    def after_pass(self, entered: datetime, retries: int) -> History:
        """Return the history after a pass in which the function runs.

        Args:
            entered: the time when the state machine entered the step.
            retries: the attempts of the step that have failed.
        """
        late = (entered - datetime.fromisoformat(self.due)).total_seconds() if self.due else 0
        lost = max(0, int(late // LOST_PASS_SECONDS))
        return History(self.events + PASS + ATTEMPT * retries + LOST_PASS * lost, self.due)

    def until(self, now: datetime, seconds: float) -> History:
        """Return the history, with the time of the next look."""
        return History(self.events, (now + timedelta(seconds=seconds)).isoformat())

    @classmethod
    def from_state(cls, state: dict[str, object] | None) -> History:
        """Return the history that the state machine kept."""
        known = state or {}
        return cls(int(str(known.get("events", 0))), str(known.get("due", "")))
