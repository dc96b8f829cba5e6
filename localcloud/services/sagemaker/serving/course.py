"""Something that changes by itself while time passes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause of a course.

    Attributes:
        seconds: Its length on the clock.
        alarms: The alarms that end it: the course goes on at once when one of them is in ALARM.
    """

    seconds: float
    alarms: tuple[str, ...] = ()


Steps = Generator[Wait, str | None, None]
"""The steps of a course. Each wait evaluates to the name of the alarm that has ended it, or to None."""


class Course:
    """The steps that a resource goes through.

    Attributes:
        time: The time of the step that is being carried out.
    """

    def __init__(self) -> None:
        self.time = 0.0
        self._steps: Steps | None = None
        self._wait = Wait(0)
        self._due = 0.0
        self._settled = 0.0

    def begin(self, steps: Steps, now: float) -> None:
        """Go through these steps from now on."""
        self.time, self._steps = now, steps
        self._advance(None, first=True)

    def settle(self, now: float, alarms: frozenset[str]) -> None:
        """Carry out everything that was due until `now`.

        Args:
            alarms: The alarms that have been in ALARM since the last call. Call it before one changes, too.
        """
        while self._steps is not None:
            alarm = next((name for name in self._wait.alarms if name in alarms), None)
            if alarm is None and self._due > now:
                break
            self.time = self._due if alarm is None else max(self.time, self._settled)
            self._advance(alarm)
        self._settled = now

    def _advance(self, alarm: str | None, *, first: bool = False) -> None:
        steps = self._steps
        assert steps is not None
        try:
            self._wait = next(steps) if first else steps.send(alarm)
            self._due = self.time + self._wait.seconds
        except StopIteration:
            if self._steps is steps:
                self._steps = None
