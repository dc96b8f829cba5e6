"""A Ctrl-C ends a run of `make live`, also if Python has lost it."""

from __future__ import annotations

import signal

import pytest

from tools.live.interruption import Interruption


def test_a_ctrl_c_interrupts_at_once_and_is_met_once() -> None:
    with Interruption() as interruption:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interruption.met()
        interruption.check()


def test_one_that_nobody_has_met_interrupts_the_next_wait() -> None:
    waited: list[float] = []
    with Interruption() as interruption:
        wait = interruption.checked(waited.append)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            wait(5)
        wait(7)
    assert waited == [7]


def test_the_signal_is_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
