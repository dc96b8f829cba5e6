"""Seam into moto (5.2): its Step Functions interpreter runs on our clock.

The interpreter takes its time, its pauses and its threads from Python's `time`, `datetime` and `threading`.
Each of its modules gets stand-ins for these, under the names by which it imported them. So everything it does
(waits, retry delays, timeouts, heartbeats, branches, timestamps) happens in clock time, and its threads are
busy in the clock's sense.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
import threading as real_threading
import time as real_time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import moto.stepfunctions.parser.models as interpreter

from localcloud.kernel.clock import Clock, ClockStopped, condition_of

_ENDLESS_SECONDS = 99_999_998
"""The interpreter's way to say "no timeout"."""


class _Current:
    """The clock of the cloud that there is now; moto's modules are patched once for the process."""

    clock: Clock | None = None


def _clock() -> Clock:
    assert _Current.clock is not None, "the interpreter runs before run_interpreter_on was called"
    return _Current.clock


class Event(real_threading.Event):
    """An event for which one waits in clock time."""

    def __init__(self) -> None:
        super().__init__()
        self._pulses = 0

    def set(self) -> None:
        super().set()
        # Counted only now: a thread that sees a pulse must find what was announced.
        self._pulses += 1

    def wait(self, timeout: float | None = None) -> bool:
        seconds = math.inf if timeout is None or timeout > _ENDLESS_SECONDS else timeout
        condition = condition_of(self)
        with condition:
            # The interpreter sets an event and clears it at once, to wake the threads that wait.
            seen = self._pulses
            return _clock().wait(condition, lambda: self.is_set() or self._pulses != seen, seconds)


class Thread:
    """A thread that is busy in the clock's sense, and for which one waits in clock time."""

    def __init__(self, target: Callable[..., object], args: tuple[Any, ...] = (), **_: Any) -> None:
        self._target, self._args = target, args
        # The interpreter logs it.
        self.native_id: int | None = None
        self._ended = Event()

    def start(self) -> None:
        _clock().start_thread(self._run, name="state machine")

    def join(self, timeout: float | None = None) -> None:
        self._ended.wait(timeout)

    def is_alive(self) -> bool:
        return not self._ended.is_set()

    def _run(self) -> None:
        try:
            self._target(*self._args)
        except ClockStopped:
            # A thread that joins this one ends with the clock too, and must not take it for finished.
            raise
        except BaseException:
            self._ended.set()
            raise
        self._ended.set()


class ClockDatetime(dt.datetime):
    """Moments by the clock, written as Step Functions writes them: `2026-11-22T18:00:00.123Z`."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Self:
        moment = cls.fromtimestamp(_clock().time(), dt.UTC)
        return moment if tz is not None else moment.replace(tzinfo=None)

    def isoformat(self, sep: str = "T", timespec: str = "milliseconds") -> str:
        return super().isoformat(sep, timespec).replace("+00:00", "Z")


_TIME = SimpleNamespace(time=lambda: _clock().time(), sleep=lambda seconds: _clock().sleep(seconds))
_THREADING = SimpleNamespace(Thread=Thread, Event=Event, Lock=real_threading.Lock, RLock=real_threading.RLock)
_DATETIME = SimpleNamespace(
    datetime=ClockDatetime,
    date=dt.date,
    timedelta=dt.timedelta,
    timezone=dt.timezone,
)
_STAND_INS: dict[int, object] = {
    id(real_time): _TIME,
    id(real_threading): _THREADING,
    id(dt): _DATETIME,
    id(real_threading.Thread): Thread,
    id(real_threading.Event): Event,
    id(dt.datetime): ClockDatetime,
}


def run_interpreter_on(clock: Clock) -> None:
    """From now on, the interpreter's time is `clock`."""
    _Current.clock = clock
    for module in interpreter_modules():
        for name, value in list(vars(module).items()):
            if id(value) in _STAND_INS:
                setattr(module, name, _STAND_INS[id(value)])


def interpreter_modules() -> list[ModuleType]:
    """Return the modules of the interpreter. Importing its backend has imported them all."""
    prefix = interpreter.__name__.rpartition(".")[0] + "."
    return [
        module for name, module in sys.modules.items() if name.startswith(prefix) and ".antlr." not in name
    ]
