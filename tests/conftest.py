"""What all tests have in common."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# What is drawn at random is the same in every run: a failure is due to a change. `make soak` draws anew.
settings.register_profile("the same in every run", derandomize=True, database=None, deadline=None)
settings.load_profile("the same in every run")

#: The files and directories that take longest. They begin first, so that no process has one of them left in
#: the end.
SLOW = (
    "tests/model",
    "tests/end_to_end/test_live.py",
    "tests/end_to_end",
    "tests/project",
    "tests/localcloud",
    "tests/constructs/test_template_quality.py",
)

_ROOT = Path(__file__).parents[1]


def pytest_configure() -> None:
    """Let Ctrl-C interrupt the programs that tests start, also where the tests run in the background.

    There a shell makes its processes ignore it, and theirs.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slow files begin; the tests of a file stay together."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    path = item.path.relative_to(_ROOT).as_posix()
    return next((turn for turn, slow in enumerate(SLOW) if path.startswith(slow)), len(SLOW))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a token of the CDK without its number, so that all processes of a run know a test by one name."""
    if isinstance(val, str) and "${Token[" in val:
        return re.sub(r"\$\{Token\[.*?\]\}", "<token>", val)
    return None
