"""The promises hold under every interleaving that can be generated."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.model.machine import Histories

#: Histories in every run of the tests; `make soak` sets more.
_HISTORIES = int(os.environ.get("HISTORIES", "2000"))

TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=_HISTORIES,
    stateful_step_count=5,
    deadline=None,
    # The same histories in every run of the tests, so that a change is judged by itself; new ones in a soak.
    derandomize="HISTORIES" not in os.environ,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
