"""No step waits for nothing: a doubt is looked at again a second later at the earliest."""

from __future__ import annotations

import pytest

from optimization_job.advance import Pause
from optimization_job.cloudformation.request import Request
from optimization_job.deciding.memory import Memory
from optimization_job.wiring import advancer_of
from tests.function.requests import delete
from tests.simulation import SimulatedAws


@pytest.mark.parametrize(
    ("first", "last"),
    # The minutes between them are a rounding error short of three, and none are left.
    [(242.720693, 422.720693), (10.0, 189.9999999)],
    ids=["nothing is left", "almost nothing is left"],
)
def test_a_doubt_that_is_almost_over_costs_no_steps_without_a_pause(
    aws: SimulatedAws, first: float, last: float
) -> None:
    request = Request.parse(delete(aws, f"models-Job-{'A' * 12}"))
    begun = advancer_of(request).advance(request, Memory(), lambda: first)
    assert isinstance(begun, Pause)
    again = advancer_of(request).advance(request, begun.memory, lambda: last)
    assert isinstance(again, Pause)
    assert again.seconds == 1
