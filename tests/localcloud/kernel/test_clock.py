from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from localcloud.kernel.clock import Clock, ClockStopped

HOUR = 3600.0


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.stop()


def test_an_hour_passes_at_once_when_nobody_is_busy(clock: Clock) -> None:
    began, really_began = clock.time(), time.monotonic()
    assert clock.sleep(HOUR)
    assert clock.time() - began == HOUR
    assert time.monotonic() - really_began < 5


def test_the_clock_tells_the_time_of_day_in_utc(clock: Clock) -> None:
    assert clock.now().timestamp() == pytest.approx(clock.time())
    assert clock.now().utcoffset() is not None


def test_sleepers_wake_in_the_order_of_their_time_however_they_were_started(clock: Clock) -> None:
    began, woken = clock.time(), list[tuple[str, float]]()

    def sleeper(name: str, seconds: float) -> None:
        clock.sleep(seconds)
        woken.append((name, clock.time() - began))

    with clock.busy():
        threads = [
            clock.start_thread(sleeper, name, seconds) for name, seconds in (("c", 30), ("a", 10), ("b", 20))
        ]
    for thread in threads:
        thread.join()
    assert woken == [("a", 10), ("b", 20), ("c", 30)]


def test_what_many_threads_do_between_their_sleeps_takes_no_time(clock: Clock) -> None:
    began, ends = clock.time(), list[float]()

    def worker() -> None:
        for _ in range(50):
            clock.sleep(30)
            sum(range(1000))
        ends.append(clock.time() - began)

    with clock.busy():
        threads = [clock.start_thread(worker) for _ in range(20)]
    for thread in threads:
        thread.join()
    assert ends == [1500] * 20


def test_time_stands_still_while_anybody_is_busy(clock: Clock) -> None:
    done = threading.Event()

    def sleeper() -> None:
        clock.sleep(1)
        done.set()

    with clock.busy():
        began = clock.time()
        clock.start_thread(sleeper)
        assert not done.wait(0.05)
        assert clock.time() == began
    assert done.wait(5)


def test_a_busy_thread_that_sleeps_lets_time_pass(clock: Clock) -> None:
    with clock.busy(), clock.busy():
        began = clock.time()
        clock.sleep(HOUR)
        assert clock.time() - began == HOUR


def test_whoever_is_notified_in_time_does_not_wait_until_the_end(clock: Clock) -> None:
    condition, answers = threading.Condition(), list[str]()

    def answerer() -> None:
        clock.sleep(60)
        with condition:
            answers.append("here")
            condition.notify_all()

    with clock.busy():
        began = clock.time()
        clock.start_thread(answerer)
        with condition:
            assert clock.wait(condition, lambda: bool(answers), HOUR)
        assert clock.time() - began == 60


def test_a_notified_thread_is_not_overtaken_by_a_jump(clock: Clock) -> None:
    for _ in range(100):
        condition, answers = threading.Condition(), list[str]()
        seen = list[float]()

        def waiter(
            condition: threading.Condition = condition, answers: list[str] = answers, seen: list[float] = seen
        ) -> None:
            with condition:
                clock.wait(condition, lambda: bool(answers), HOUR)
            seen.append(clock.time())

        with clock.busy():
            thread = clock.start_thread(waiter)
            later = clock.start_thread(clock.sleep, 10.0)
            clock.sleep(1)
            now = clock.time()
            with condition:
                answers.append("here")
                condition.notify_all()
        thread.join()
        later.join()
        assert seen == [now]


def test_whoever_is_never_notified_waits_exactly_until_the_end(clock: Clock) -> None:
    condition = threading.Condition()
    began = clock.time()
    with condition:
        assert not clock.wait(condition, lambda: False, 42)
    assert clock.time() - began == 42


def test_a_wait_without_an_end_moves_no_clock(clock: Clock) -> None:
    condition, flag = threading.Condition(), list[bool]()
    began = clock.time()

    def waiter() -> None:
        with condition:
            clock.wait(condition, lambda: bool(flag), math.inf)

    thread = clock.start_thread(waiter)
    clock.sleep(5)
    with condition:
        flag.append(True)
        condition.notify_all()
    thread.join()
    assert clock.time() - began == 5


def test_a_sleep_can_be_interrupted(clock: Clock) -> None:
    interrupt = threading.Event()
    began, result = clock.time(), list[bool]()
    with clock.busy():
        thread = clock.start_thread(lambda: result.append(clock.sleep(HOUR, interrupt)))
        clock.sleep(10)
        interrupt.set()
    thread.join()
    assert result == [False]
    assert clock.time() - began == 10


def test_a_paused_clock_moves_only_when_it_is_advanced(clock: Clock) -> None:
    clock.pause()
    began, woken = clock.time(), list[float]()

    def sleeper() -> None:
        for _ in range(4):
            clock.sleep(10)
            woken.append(clock.time() - began)

    with clock.busy():
        clock.start_thread(sleeper)
    clock.advance(25)
    assert woken == [10, 20]
    assert clock.time() - began == 25
    clock.advance(5)
    assert woken == [10, 20, 30]
    clock.resume()
    clock.sleep(100)
    assert woken == [10, 20, 30, 40]


def test_advancing_returns_after_those_who_were_woken_have_done_their_work(clock: Clock) -> None:
    clock.pause()
    worked = list[str]()

    def worker() -> None:
        clock.sleep(10)
        # Real time, to be overtaken if anybody can.
        threading.Event().wait(0.05)
        worked.append("done")

    with clock.busy():
        clock.start_thread(worker)
    clock.advance(10)
    assert worked == ["done"]


def test_a_watcher_sees_every_move_before_anybody_is_woken(clock: Clock) -> None:
    began, seen = clock.time(), list[str]()
    clock.watch(lambda now: seen.append(f"moved to {now - began:.0f}"))
    with clock.busy():
        clock.sleep(10)
        seen.append("woken")
    assert seen == ["moved to 10", "woken"]


def test_a_watcher_that_fails_does_not_stop_the_clock(
    clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: float) -> None:
        raise ValueError("a watcher failed")

    clock.watch(fail)
    assert clock.sleep(10)
    assert "a watcher failed" in capfd.readouterr().err


def test_a_reset_ends_everybody_who_waits_and_brings_back_the_present(clock: Clock) -> None:
    ended = list[str]()

    def sleeper() -> None:
        try:
            clock.sleep(HOUR)
        except ClockStopped:
            ended.append("ended")
            raise

    clock.sleep(10 * HOUR)
    clock.pause()
    thread = clock.start_thread(sleeper)
    clock.advance(1)
    clock.reset()
    assert not thread.is_alive()
    assert ended == ["ended"]
    assert clock.time() == pytest.approx(time.time(), abs=5)
    assert clock.sleep(1), "the clock goes on after a reset"


@pytest.mark.parametrize("end", [Clock.reset, Clock.stop])
def test_a_thread_that_does_not_end_is_named(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, end: Callable[[Clock], None]
) -> None:
    monkeypatch.setattr("localcloud.kernel.clock._JOIN_SECONDS", 0.05)
    let_go = threading.Event()
    thread = clock.start_thread(let_go.wait, name="stubborn")
    with pytest.raises(RuntimeError, match=r"threads that did not end with it: stubborn$"):
        end(clock)
    let_go.set()
    thread.join()
    end(clock)


def test_a_stopped_clock_lets_nobody_sleep() -> None:
    clock = Clock()
    clock.sleep(1)
    clock.stop()
    with pytest.raises(ClockStopped):
        clock.sleep(1)


def test_a_clock_with_a_speed_takes_its_time() -> None:
    clock = Clock(speed=1000)
    really_began = time.monotonic()
    clock.sleep(200)
    assert 0.15 < time.monotonic() - really_began < 5
    clock.stop()


@pytest.mark.parametrize("speed", [0, -1])
def test_a_speed_must_be_positive(speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be more than 0 clock seconds for each real second, got"):
        Clock(speed=speed)
