"""Ctrl-C, which Python can lose: an exception in a finalizer, as that of a connection, is only printed."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


class Interruption:
    """The Ctrl-C of a run in the main thread. As a context, it takes the signal, and gives it back."""

    def __init__(self) -> None:
        self._came = False

    def __enter__(self) -> Interruption:
        self._previous = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def check(self) -> None:
        """Raises KeyboardInterrupt if there was a Ctrl-C that nobody has met yet."""
        if self._came:
            self.met()
            raise KeyboardInterrupt

    def met(self) -> None:
        """The Ctrl-C has had its effect. The next one is another one."""
        self._came = False

    def checked(self, call: Callable[[float], object]) -> Callable[[float], object]:
        """The same call, after a check."""

        def check_and_call(value: float) -> object:
            self.check()
            return call(value)

        return check_and_call

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        raise KeyboardInterrupt
