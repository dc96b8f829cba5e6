"""The local cloud's time: it jumps from one wake-up to the next, so that hours pass in seconds.

A thread sleeps and waits in clock seconds. As soon as no thread is busy, the clock jumps to the earliest
wake-up. Work takes no clock time at all, so a run has the same course however slow the machine is.
"""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from localcloud.kernel.timetable import Timetable

_QUIET_SECONDS = 0.001
"""The real time without activity before a jump, for threads that do not say that they are busy."""

_STEP_SECONDS = 0.01
"""The real time between two moves of a clock with a maximum speed."""

_JOIN_SECONDS = 60.0
"""The real time that `reset` and `stop` wait for the threads that they end, in all."""


class ClockStopped(BaseException):
    """Raised in a thread that sleeps or waits on a clock that is reset or stopped. It ends the thread.

    Not an Exception, so that code that copes with every failure of its work does not cope with this.
    """


class _ThreadState(threading.local):
    busy = 0
    epoch: int | None = None


class Clock:
    """A discrete-event clock shared by all parts of the local cloud.

    Args:
        speed: The most clock seconds that may pass in one real second. Without it, a jump takes no time.
    """

    def __init__(self, *, speed: float | None = None) -> None:
        if speed is not None and speed <= 0:
            raise ValueError(f"speed must be more than 0 clock seconds for each real second, got {speed}")
        self._speed = speed
        self._table = Timetable()
        self._thread = _ThreadState()
        self._threads: set[threading.Thread] = set()
        self._epoch = 0
        self._observers: list[Callable[[float], None]] = []
        self._pacemaker: threading.Thread | None = None

    def now(self) -> datetime:
        """The clock's time, in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def time(self) -> float:
        """The clock's time, in seconds since 1970."""
        return self._table.now

    def sleep(self, seconds: float, interrupt: threading.Event | None = None) -> bool:
        """Let clock seconds pass. Return False if `interrupt` was set before they had passed."""
        event = interrupt if interrupt is not None else threading.Event()
        condition = condition_of(event)
        with condition:
            return not self.wait(condition, event.is_set, seconds)

    def wait(
        self,
        condition: threading.Condition,
        predicate: Callable[[], bool],
        timeout: float,
        *,
        last: bool = False,
    ) -> bool:
        """Wait, with `condition` held, until `predicate` is true or `timeout` clock seconds have passed.

        Others change what the predicate looks at while they hold the condition, and then notify it.

        Args:
            timeout: May be `math.inf`.
            last: Among those whose time is up at the same moment, wake this one only after the others have
                done their work.

        Returns:
            The predicate's last value.

        Raises:
            ClockStopped: The clock was reset or stopped meanwhile.
        """
        if predicate():
            return True
        if timeout <= 0 and not last:
            return False
        was_busy = self._thread.busy > 0
        with self._table.changed:
            self._check_epoch()
            wait = self._table.enter(timeout, condition, predicate, last=last, was_busy=was_busy)
            self._start_pacemaker()
        try:
            while not (wait.woken or predicate()):
                condition.wait()
        finally:
            self._table.leave(wait, was_busy=was_busy)
        if wait.ended:
            raise ClockStopped
        return predicate()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Time stands still while any thread is in here, unless it sleeps or waits on the clock itself."""
        self._thread.busy += 1
        if self._thread.busy == 1:
            self._table.count_busy(+1)
        try:
            yield
        finally:
            self._thread.busy -= 1
            if self._thread.busy == 0:
                self._table.count_busy(-1)

    def start_thread(
        self, target: Callable[..., object], *arguments: Any, name: str | None = None
    ) -> threading.Thread:
        """Start a thread that is busy from now on until it ends. A `ClockStopped` ends it quietly.

        `reset` and `stop` wait for it to end.
        """
        with self._table.changed:
            epoch = self._epoch
            self._table.count_busy(+1)

        def run() -> None:
            self._thread.busy, self._thread.epoch = 1, epoch
            try:
                target(*arguments)
            except ClockStopped:
                pass
            finally:
                with self._table.changed:
                    self._threads.discard(thread)
                self._table.count_busy(-1)

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._table.changed:
            # Under the lock, so that a reset never meets a thread that it cannot wait for yet.
            self._threads.add(thread)
            thread.start()
        return thread

    def watch(self, observer: Callable[[float], None]) -> None:
        """Call `observer` with the new time whenever the clock has moved, before any thread wakes up.

        For events that come with time alone, without a thread that waits for them. It must not sleep or
        wait on the clock.
        """
        self._observers.append(observer)

    def pause(self) -> None:
        """Stop jumping until `resume`. `advance` still moves the clock."""
        with self._table.changed:
            self._table.paused = True

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._table.changed:
            self._table.paused = False
            self._table.changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Let exactly this many clock seconds pass.

        Threads that are due on the way wake up in order, and do their work, before this returns.
        """
        with self._table.changed:
            target = self._table.now + seconds
            self._table.horizons.append(target)
        event = threading.Event()
        try:
            condition = condition_of(event)
            with condition:
                self.wait(condition, event.is_set, seconds, last=True)
        finally:
            with self._table.changed:
                self._table.horizons.remove(target)

    def reset(self) -> None:
        """Return to the present, not paused. Threads that sleep or wait end with `ClockStopped`.

        Raises RuntimeError if a thread goes on all the same: it would work on in what comes next.
        """
        stubborn = self._end_threads()
        with self._table.changed:
            self._table.paused = False
            self._table.now = time.time()
        _check_ended(stubborn)

    def stop(self) -> None:
        """End the clock for good, and all threads that sleep or wait on it.

        Raises RuntimeError if a thread goes on all the same.
        """
        with self._table.changed:
            self._table.stopped = True
            self._table.changed.notify_all()
        stubborn = self._end_threads()
        if self._pacemaker is not None:
            self._pacemaker.join()
        _check_ended(stubborn)

    def _check_epoch(self) -> None:
        if self._table.stopped or self._thread.epoch not in (None, self._epoch):
            raise ClockStopped

    def _end_threads(self) -> list[threading.Thread]:
        """End every wait, and return the threads that go on all the same."""
        with self._table.changed:
            self._epoch += 1
            ended = self._table.end_all()
            threads = self._threads - {threading.current_thread()}
        for wait in ended:
            with wait.condition:
                wait.condition.notify_all()
        until = time.monotonic() + _JOIN_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return [thread for thread in threads if thread.is_alive()]

    def _start_pacemaker(self) -> None:
        if self._pacemaker is None:
            self._pacemaker = threading.Thread(target=self._keep_pace, name="clock", daemon=True)
            self._pacemaker.start()

    def _keep_pace(self) -> None:
        table, stepped = self._table, time.monotonic()
        while True:
            with table.changed:
                if table.stopped:
                    return
                if not table.may_jump():
                    table.changed.wait()
                    stepped = time.monotonic()
                    continue
                activity = table.activity
                table.changed.wait(_QUIET_SECONDS if self._speed is None else _STEP_SECONDS)
                if table.activity != activity or not table.may_jump() or table.a_thread_is_about_to_run():
                    continue
                elapsed, stepped = time.monotonic() - stepped, time.monotonic()
                due = table.jump(math.inf if self._speed is None else elapsed * self._speed)
            self._tell_observers()
            for wait in due:
                with wait.condition:
                    wait.condition.notify_all()

    def _tell_observers(self) -> None:
        for observer in self._observers:
            try:
                observer(self._table.now)
            except Exception as error:  # noqa: BLE001 (time must go on, or everything hangs)
                traceback.print_exception(error)


def _check_ended(stubborn: list[threading.Thread]) -> None:
    if stubborn:
        names = ", ".join(sorted(thread.name for thread in stubborn))
        raise RuntimeError(f"the clock has threads that did not end with it: {names}")


def condition_of(event: threading.Event) -> threading.Condition:
    """Return the condition that an event notifies: the only way to learn of it without polling."""
    condition: threading.Condition = event._cond  # type: ignore[attr-defined]  # noqa: SLF001
    return condition
