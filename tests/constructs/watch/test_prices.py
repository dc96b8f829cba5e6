"""A cost is the user's price, times the instances, times the hours that the job has run."""

from __future__ import annotations

import pytest

from cdk_sagemaker_optimization.watch.prices import Cost, Prices
from tests.constructs.watch.support_watch import at, job


def test_a_running_job_has_a_cost_so_far_and_one_at_most() -> None:
    prices = Prices.parse(["7.5"])
    assert prices.cost(job(instances=2), at(34)) == Cost(7.5, 7.5, 60.0)


def test_a_type_may_have_a_price_of_its_own() -> None:
    prices = Prices.parse(["ml.g5.12xlarge=8", "1"])
    assert prices.cost(job(), at(64)) == Cost(8, 8, 32)
    assert prices.cost(job(instance_type="ml.g5.2xlarge"), at(64)) == Cost(1, 1, 4)


def test_without_a_price_or_a_job_there_is_no_cost() -> None:
    assert Prices.parse([]).cost(job(), at(34)) is None
    assert Prices.parse(["ml.p4d.24xlarge=30"]).cost(job(), at(34)) is None
    assert Prices.parse(["7"]).cost(job("NOT_CREATED", created=None), at(34)) is None


def test_a_job_that_waits_for_an_instance_costs_nothing_yet() -> None:
    assert Prices.parse(["7"]).cost(job("STARTING", max_runtime=None), at(34)) == Cost(7, 0, None)


@pytest.mark.parametrize(
    "value", ["", "much", "-1", "nan", "inf", "1e308", "ml.g5.12xlarge=", "ml.g5.12xlarge=x", "=7"]
)
def test_a_price_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"--price must be .* such as 7\.09 or .*, got "):
        Prices.parse([value])
