"""The threads that wait or are busy, and the next move that they allow the clock."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Wait:
    """A thread's appointment with the clock.

    Attributes:
        last: Woken only after the others with the same deadline have done their work.
        due: The clock has come to the deadline.
        ended: The clock was reset or stopped.
    """

    deadline: float
    last: bool
    order: int
    condition: threading.Condition = field(compare=False)
    predicate: Callable[[], bool] = field(compare=False)
    due: bool = field(default=False, compare=False)
    ended: bool = field(default=False, compare=False)

    @property
    def woken(self) -> bool:
        """True if the clock woke the thread, and not a notification."""
        return self.due or self.ended


class Timetable:
    """The state of the clock. Hold `changed` to read or write more than one part of it.

    Attributes:
        changed: Notified when a jump may have become possible.
        now: In seconds since 1970.
        activity: Changes whenever a thread does anything.
        horizons: How far the clock may move although it is paused.
    """

    def __init__(self) -> None:
        # Re-entrant, because a predicate may ask for the time.
        self.changed = threading.Condition(threading.RLock())
        self.now = time.time()
        self.activity = 0
        self.paused = False
        self.stopped = False
        self.horizons: list[float] = []
        self._waits: list[Wait] = []
        self._order = itertools.count()
        self._busy = 0

    def count_busy(self, change: int) -> None:
        """One more thread is busy, or one less."""
        with self.changed:
            self._busy += change
            self.activity += 1
            if self._busy == 0:
                self.changed.notify_all()

    def enter(
        self,
        seconds: float,
        condition: threading.Condition,
        predicate: Callable[[], bool],
        *,
        last: bool,
        was_busy: bool,
    ) -> Wait:
        """A thread begins to wait; it is not busy any more."""
        with self.changed:
            wait = Wait(self.now + max(seconds, 0), last, next(self._order), condition, predicate)
            heapq.heappush(self._waits, wait)
            self.activity += 1
            self._busy -= was_busy
            self.changed.notify_all()
            return wait

    def leave(self, wait: Wait, *, was_busy: bool) -> None:
        """A thread has ended its wait.

        A thread that the clock woke has counted as busy since then, so that no jump overtakes it.
        """
        with self.changed:
            if not wait.woken:
                self._waits.remove(wait)
                heapq.heapify(self._waits)
            self.count_busy(was_busy - wait.woken)

    def end_all(self) -> list[Wait]:
        """Take out every thread that waits."""
        with self.changed:
            ended, self._waits = self._waits, []
            for wait in ended:
                wait.ended = True
            self._busy += len(ended)
            return ended

    def may_jump(self) -> bool:
        """Return whether a thread waits for a time that the clock may move to, and none is busy."""
        if self.stopped or self._busy or not self._waits:
            return False
        deadline = self._waits[0].deadline
        if math.isinf(deadline):
            return False
        return not self.paused or any(deadline <= horizon for horizon in self.horizons)

    def a_thread_is_about_to_run(self) -> bool:
        """Return whether the condition of a waiting thread is true, but the thread has not run yet."""
        for wait in self._waits:
            if not wait.condition.acquire(blocking=False):
                return True
            try:
                if wait.predicate():
                    return True
            finally:
                wait.condition.release()
        return False

    def jump(self, at_most: float) -> list[Wait]:
        """Move to the earliest deadline, but at most so many seconds. Take out the threads that are due."""
        first = self._waits[0]
        if self.now + at_most < first.deadline:
            self.now += at_most
            return []
        self.now = max(self.now, first.deadline)
        due: list[Wait] = []
        while self._waits and (self._waits[0].deadline, self._waits[0].last) == (first.deadline, first.last):
            due.append(heapq.heappop(self._waits))
            due[-1].due = True
        self._busy += len(due)
        return due
