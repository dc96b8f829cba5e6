"""A job whose price is known says what it can cost, and none that is too expensive is synthesized."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_optimization import Completion, CostGuard
from tests.constructs.support import info_of, make_job, new_app, template_of, warnings_of


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
    [
        ("StoppingCondition.MaxRuntimeInSeconds", 360_000, "100.00"),
        ("StoppingCondition.MaxRuntimeInSeconds", "360000", "100.00"),
        ("StoppingCondition", {"MaxRuntimeInSeconds": "360000"}, "100.00"),
        ("MaxInstanceCount", 3, "3.00"),
        ("MaxInstanceCount", "3", "3.00"),
    ],
)
def test_an_override_does_not_get_past_the_guard(path: str, value: object, cost: str) -> None:
    stack = cdk.Stack(new_app(), "Models")
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
        ("DeploymentInstanceType", "ml.g5.4xlarge"),
    ],
)
def test_an_override_that_costs_no_more_passes(path: str, value: object) -> None:
    assert override(path, value) == []


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (
            "StoppingCondition.MaxRuntimeInSeconds",
            cdk.Fn.ref("AWS::Region"),
            "max_runtime is known only at deployment",
        ),
        ("StoppingCondition.MaxRuntimeInSeconds", None, "an override removes max_runtime"),
        ("StoppingCondition", None, "an override removes max_runtime"),
        ("MaxInstanceCount", None, "max_instance_count is not set"),
    ],
)
def test_an_override_after_which_nothing_limits_the_cost_is_a_warning(
    path: str, value: object, why: str
) -> None:
    (warning,) = override(path, value)
    assert why in warning
    assert "cdk-sagemaker-optimization:costNotBounded" in warning


def override(path: str, value: object) -> list[str]:
    """Override a property of a job that costs exactly its limit, and return the warnings."""
    stack = cdk.Stack(new_app(), "Models")
    job = make_job(
        stack, max_runtime=hours(1), max_instance_count=1, cost_guard=CostGuard(hourly_price=1, max_cost=1)
    )
    resource: Any = job.node.default_child
    resource.add_property_override(path, value)
    template_of(stack)
    return [warning for warning in warnings_of(stack) if "costNotBounded" in warning]


def test_the_cost_of_a_stack_counts_overrides_of_every_job() -> None:
    stack = cdk.Stack(new_app(), "Models")
    guard = CostGuard(hourly_price=1)
    make_job(stack, "First", max_runtime=hours(1), max_instance_count=1, cost_guard=guard)
    last: Any = make_job(stack, "Last", max_runtime=hours(1), max_instance_count=1, cost_guard=guard)
    last.node.default_child.add_property_override("StoppingCondition.MaxRuntimeInSeconds", 7200)
    template_of(stack)

    (information,) = info_of(stack)
    assert "costs at most 3.00 for instances" in information
    assert "Models/Last: 2.00 = max_runtime of 2 hours" in information


def test_a_stack_says_what_its_jobs_cost_at_most() -> None:
    app = new_app()
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


@pytest.mark.parametrize(
    "value",
    [0, -1, float("nan"), float("inf"), "7.09", True, None, pytest.param(10**400, id="no float is as large")],
)
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


def test_a_cost_just_above_the_limit_does_not_look_like_the_limit() -> None:
    with pytest.raises(ValueError, match="one run of") as error:
        make_job(cdk.Stack(), max_instance_count=1, cost_guard=CostGuard(hourly_price=1.250_01, max_cost=5))
    assert "can cost 5.000040, which is more than the max_cost 5.000000" in str(error.value)
    assert "x 1.250010 an hour" in str(error.value)


def test_a_price_with_too_many_zeros_can_be_read() -> None:
    with pytest.raises(ValueError, match=r"x 1e\+300 an hour"):
        make_job(cdk.Stack(), max_instance_count=1, cost_guard=CostGuard(hourly_price=1e300, max_cost=5))
