"""Faults strike in the order in which they were asked for, and as often as they were."""

from __future__ import annotations

import pytest

from localcloud.kernel.faults import Faults


def taken(faults: Faults[str], letters: str = "ab") -> str | None:
    return faults.take(lambda fault: fault in letters)


def test_each_fault_strikes_as_often_as_it_was_asked_for() -> None:
    faults = Faults[str]()
    faults.add("a", 2)
    faults.add("b", 1)
    assert [taken(faults) for _ in range(4)] == ["a", "a", "b", None]


def test_a_fault_that_does_not_fit_is_left_for_the_next_call() -> None:
    faults = Faults[str]()
    faults.add("a", 1)
    faults.add("b", 1)
    assert [taken(faults, "b"), taken(faults, "b"), taken(faults)] == ["b", None, "a"]


def test_a_fault_without_a_number_strikes_until_all_are_forgotten() -> None:
    faults = Faults[str]()
    faults.add("a", None)
    assert [taken(faults) for _ in range(3)] == ["a", "a", "a"]
    faults.clear()
    assert taken(faults) is None


def test_a_fault_cannot_be_asked_for_less_than_once() -> None:
    with pytest.raises(ValueError, match="times must be 1 or more, or None for no end, got 0"):
        Faults[str]().add("a", 0)
