"""Times and shares in words."""

from __future__ import annotations

import pytest

from cdk_sagemaker_optimization.watch.words import duration, moment, of_limit, one_line, share, symbol
from tests.constructs.watch.support_watch import START


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3900, "1 h 05 min"),
        (86_400, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_time_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_part_of_a_limit_has_a_percentage() -> None:
    assert of_limit(1560, 14_400) == "26 min of 4 h, 11 %"
    assert of_limit(1560, None) == "26 min"


def test_a_share_is_never_more_than_everything() -> None:
    assert (share(30, 60), share(90, 60), share(1, 0)) == (0.5, 1.0, 1.0)


def test_a_moment_is_in_utc() -> None:
    assert moment(START) == "2026-11-27T08:00:00Z"


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "↶"),
        ("ROLLBACK_FAILED", "✘"),
        ("STOPPED", "◼"),
        ("CREATE_COMPLETE", "●"),
        ("INPROGRESS", "◐"),
        ("NOT_CREATED", "○"),
    ],
)
def test_a_status_has_a_sign(status: str, sign: str) -> None:
    assert symbol(status)[0] == sign


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\n  two\tthree", "one two three"),
        ("GPU\u2019s memory \u2718", "GPU\u2019s memory \u2718"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202edcba", "abc\\u202edcba"),
        ("\ud800", "\\ud800"),
    ],
)
def test_nothing_in_a_line_controls_the_terminal(text: str, shown: str) -> None:
    assert one_line(text) == shown
