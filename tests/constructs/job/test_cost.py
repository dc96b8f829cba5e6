"""A job whose price is known says what it can cost, and none that is too expensive is synthesized."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_optimization import Completion, CostGuard
from tests.constructs.support import info_of, make_job, template_of, warnings_of


def hours(number: float) -> cdk.Duration:
    return cdk.Duration.minutes(int(number * 60))


def test_a_job_that_can_cost_more_than_allowed_is_an_error_with_the_sum_and_the_remedies() -> None:
    guard = CostGuard(hourly_price=7.09, max_cost=50)
    with pytest.raises(ValueError, match="one run of Default/Job") as error:
        make_job(cdk.Stack(), max_runtime=hours(4), max_instance_count=2, cost_guard=guard)

    assert str(error.value) == (
        "one run of Default/Job can cost 56.72, which is more than the max_cost 50.00 of its cost_guard: "
        "max_runtime of 4 hours x 2 instances x 7.09 an hour. Lower max_runtime to at most 211 minutes, use "
        "fewer instances (max_instance_count) or raise max_cost"
    )


def test_the_longest_time_that_the_message_names_is_accepted() -> None:
    guard = CostGuard(hourly_price=7.09, max_cost=50)
    stack = cdk.Stack()
    make_job(stack, max_runtime=cdk.Duration.minutes(211), max_instance_count=2, cost_guard=guard)
    assert warnings_of(stack) == []


def test_the_default_time_of_a_job_counts() -> None:
    with pytest.raises(ValueError, match=r"can cost 40\.00, .* max_runtime of 4 hours x 1 instance "):
        make_job(cdk.Stack(), max_instance_count=1, cost_guard=CostGuard(hourly_price=10, max_cost=39.99))


def test_a_job_that_costs_exactly_the_limit_is_accepted() -> None:
    guard = CostGuard(hourly_price=0.1, max_cost=0.3)
    make_job(cdk.Stack(), max_runtime=hours(3), max_instance_count=1, cost_guard=guard)


def test_a_number_of_instances_that_sagemaker_decides_counts_as_one_with_a_warning() -> None:
    stack = cdk.Stack()
    make_job(stack, cost_guard=CostGuard(hourly_price=10, max_cost=40))
    (warning,) = warnings_of(stack)
    assert "counts one instance, because max_instance_count is not set and SageMaker decides" in warning
    assert "cdk-sagemaker-optimization:costNotBounded" in warning

    with pytest.raises(ValueError, match="1 instance \\(SageMaker decides, because max_instance_count"):
        make_job(cdk.Stack(), cost_guard=CostGuard(hourly_price=10, max_cost=39))


@pytest.mark.parametrize(
    ("props", "named"),
    [
        ({"max_runtime": cdk.Duration.seconds(cdk.Token.as_number({"Ref": "Time"}))}, "max_runtime"),
        ({"max_instance_count": cdk.Token.as_number({"Ref": "Count"})}, "max_instance_count"),
        (
            {"cost_guard": CostGuard(hourly_price=cdk.Token.as_number({"Ref": "Price"}), max_cost=1)},
            "hourly_price",
        ),
        (
            {"cost_guard": CostGuard(hourly_price=1, max_cost=cdk.Token.as_number({"Ref": "Most"}))},
            "max_cost",
        ),
    ],
)
def test_a_number_that_is_known_only_at_deployment_is_a_warning(props: dict[str, Any], named: str) -> None:
    stack = cdk.Stack()
    defaults: dict[str, Any] = {
        "max_runtime": hours(1),
        "max_instance_count": 1,
        "cost_guard": CostGuard(hourly_price=1, max_cost=1),
        "completion": Completion.wait(hours(2)),
    }
    make_job(stack, **{**defaults, **props})

    (warning,) = warnings_of(stack)
    assert f"because {named} is known only at deployment" in warning


@pytest.mark.parametrize(
    ("path", "value", "cost"),
    [("StoppingCondition.MaxRuntimeInSeconds", 360_000, "100.00"), ("MaxInstanceCount", 3, "3.00")],
)
def test_an_override_does_not_get_past_the_guard(path: str, value: int, cost: str) -> None:
    stack = cdk.Stack(cdk.App(), "Models")
    job = make_job(
        stack, max_runtime=hours(1), max_instance_count=1, cost_guard=CostGuard(hourly_price=1, max_cost=1)
    )
    resource: Any = job.node.default_child
    resource.add_property_override(path, value)
    with pytest.raises(RuntimeError, match=f"can cost {cost}, which is more than the max_cost 1.00"):
        template_of(stack)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("StoppingCondition.MaxRuntimeInSeconds", 1800),
        ("StoppingCondition.MaxRuntimeInSeconds", cdk.Fn.ref("AWS::Region")),
        ("StoppingCondition", None),
        ("DeploymentInstanceType", "ml.g5.4xlarge"),
    ],
)
def test_an_override_that_costs_no_more_or_is_not_known_passes(path: str, value: object) -> None:
    stack = cdk.Stack(cdk.App(), "Models")
    job = make_job(
        stack, max_runtime=hours(1), max_instance_count=1, cost_guard=CostGuard(hourly_price=1, max_cost=1)
    )
    resource: Any = job.node.default_child
    resource.add_property_override(path, value)
    template_of(stack)


def test_a_stack_says_what_its_jobs_cost_at_most() -> None:
    app = cdk.App()
    stack, other = cdk.Stack(app, "Models"), cdk.Stack(app, "Other")
    make_job(stack, "Awq", max_runtime=hours(2), cost_guard=CostGuard(hourly_price=7.09))
    make_job(
        stack, "Fp8", max_runtime=hours(1), max_instance_count=2, cost_guard=CostGuard(hourly_price=600.5)
    )
    make_job(stack, "Free")
    make_job(other)

    (information,) = info_of(stack)
    assert information == (
        "one run of each job of this stack costs at most 1,215.18 for instances (Models/Awq: 14.18 = "
        "max_runtime of 2 hours x 1 instance (SageMaker decides, because max_instance_count is not set) x "
        "7.09 an hour; Models/Fp8: 1,201.00 = max_runtime of 1 hour x 2 instances x 600.50 an hour; 1 more "
        "without a price that is known at synthesis)"
    )
    assert info_of(other) == []


def test_a_price_changes_nothing_in_the_template() -> None:
    with_price, without = cdk.Stack(), cdk.Stack()
    make_job(with_price, cost_guard=CostGuard(hourly_price=1))
    make_job(without)
    assert template_of(with_price) == template_of(without)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "7.09", True, None])
@pytest.mark.parametrize("prop", ["hourly_price", "max_cost"])
def test_an_amount_that_is_none_is_an_error(prop: str, value: Any) -> None:
    if prop == "max_cost" and value is None:
        return
    with pytest.raises(ValueError, match=f"{prop} must be a number greater than 0"):
        CostGuard(**{"hourly_price": 1, prop: value})


def test_a_guard_that_is_none_is_an_error() -> None:
    with pytest.raises(
        ValueError, match=r"cost_guard must be CostGuard\(hourly_price=…, max_cost=…\), got 5"
    ):
        make_job(cdk.Stack(), cost_guard=5)


def test_a_price_below_a_cent_is_shown() -> None:
    with pytest.raises(ValueError, match=r"0\.004000 an hour"):
        make_job(cdk.Stack(), max_instance_count=1, cost_guard=CostGuard(hourly_price=0.004, max_cost=0.001))
