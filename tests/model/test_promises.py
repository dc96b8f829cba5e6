"""The promises hold under every interleaving that can be generated."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.model.history import Fault, History
from tests.model.machine import Histories
from tests.simulation import Script
from tests.simulation.cloudformation import JobTemplate

#: Histories in every run of the tests; `make soak` sets more.
_HISTORIES = int(os.environ.get("HISTORIES", "2000"))

TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=_HISTORIES,
    # The first says in which dialect.
    stateful_step_count=6,
    deadline=None,
    # The same histories in every run of the tests, so that a change is judged by itself; new ones in a soak.
    derandomize="HISTORIES" not in os.environ,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


def test_a_leg_whose_answer_is_not_taken_is_answered_all_the_same() -> None:
    history = History()
    try:
        history.deploy({"Llama": JobTemplate(legs=1)}, script=Script(), faults=[], mishaps=[])
        # The leg's deletion asks nobody anything, so each of these meets its answer.
        refused = [Fault(at=call, kind="internal error") for call in (1, 2, 3)]
        history.delete(faults=refused, mishaps=[])
    finally:
        history.close()
