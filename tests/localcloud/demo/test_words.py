"""Times and states as people read them."""

from __future__ import annotations

import pytest

from localcloud.demo.words import duration, folder, one_line, symbol


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-0.01, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (1560, "26 min"),
        (3600, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_a_time_is_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        ("CREATE_COMPLETE", "●"),
        ("UPDATE_IN_PROGRESS", "◐"),
        ("UPDATE_ROLLBACK_COMPLETE", "↶"),
        ("UPDATE_FAILED", "✘"),
        ("DELETE_COMPLETE", "·"),
        ("", "○"),
        ("STARTING", "◐"),
        ("INPROGRESS", "◐"),
        ("STOPPED", "◼"),
        ("Creating", "◐"),
        ("InService", "●"),
        ("Updating", "◐"),
        ("RollingBack", "↶"),
        ("Failed", "✘"),
        ("Deleting", "◐"),
    ],
)
def test_a_state_has_a_sign(status: str, sign: str) -> None:
    assert symbol(status)[0] == sign


def test_an_artifact_is_called_after_its_job() -> None:
    assert folder("s3://models/llama/stack--job-0123/") == "stack--job-0123"


def test_a_long_reason_fits_in_a_line() -> None:
    assert one_line("two\n  lines", 80) == "two lines"
    assert one_line("x" * 81, 80) == "x" * 79 + "…"
