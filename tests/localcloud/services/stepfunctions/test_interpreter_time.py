"""Moto's Step Functions interpreter waits for its threads as it would for real ones."""

from __future__ import annotations

import threading

import pytest

from localcloud import LocalCloud
from localcloud.kernel.clock import condition_of
from localcloud.services.stepfunctions.interpreter_time import Thread


def test_whoever_joins_a_thread_finds_it_ended_even_if_woken_for_nothing(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[bool] = []
    begin, joined = threading.Event(), threading.Event()
    thread = Thread(target=lambda: begin.wait(10))

    def join() -> None:
        thread.join()
        alive.append(thread.is_alive())
        joined.set()

    announce = threading.Event.set

    def woken_for_nothing_first(event: threading.Event) -> None:
        if event is thread._ended:  # noqa: SLF001 (the moment that is hard to hit)
            with condition_of(event):
                condition_of(event).notify_all()
            joined.wait(0.1)
        announce(event)

    thread.start()
    cloud.clock.start_thread(join)
    monkeypatch.setattr(threading.Event, "set", woken_for_nothing_first)
    begin.set()
    assert joined.wait(10)
    assert alive == [False]
