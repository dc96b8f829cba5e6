"""Waiting for a job, as resources."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from constructs import IConstruct

from cdk_sagemaker_optimization import Completion
from tests.constructs.support import LEG, make_job, minified, new_app, resources_of, template_of, warnings_of


def _legs(stack: cdk.Stack, **props: Any) -> dict[str, dict[str, Any]]:
    make_job(stack, **props)
    return resources_of(template_of(stack), LEG)


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (cdk.Duration.seconds(1), [1]),
        (cdk.Duration.seconds(3299), [3299]),
        (cdk.Duration.minutes(55), [3300]),
        (cdk.Duration.seconds(3301), [3300, 1]),
        (cdk.Duration.hours(2), [3300, 3300, 600]),
    ],
)
def test_a_wait_is_cut_into_legs_of_55_minutes_and_the_rest(
    stack: cdk.Stack, timeout: cdk.Duration, expected: list[int]
) -> None:
    legs = _legs(stack, completion=Completion.wait(timeout)).values()
    assert [leg["Properties"]["Timeout"] for leg in legs] == expected


def test_only_the_last_leg_is_marked(stack: cdk.Stack) -> None:
    legs = _legs(stack, completion=Completion.wait(cdk.Duration.hours(2))).values()
    assert [leg["Properties"].get("Last") for leg in legs] == [None, None, True]


def test_each_leg_waits_for_the_one_before_it(stack: cdk.Stack) -> None:
    legs = _legs(stack, completion=Completion.wait(cdk.Duration.hours(2)))
    first, second, third = legs
    assert [leg.get("DependsOn") for leg in legs.values()] == [None, [first], [second]]
    assert third != second


def test_a_leg_says_which_run_of_which_job_it_waits_for(stack: cdk.Stack) -> None:
    (leg,) = _legs(stack, completion=Completion.wait(cdk.Duration.minutes(5))).values()
    assert leg["Properties"] == {
        "ServiceToken": leg["Properties"]["ServiceToken"],
        "Version": "1",
        "OptimizationJobName": {"Ref": "JobB9D00F9F"},
        "Run": {"Fn::GetAtt": ["JobB9D00F9F", "CreationTime"]},
        "Timeout": 300,
        "Last": True,
    }


def test_another_timeout_touches_only_the_legs_at_the_end() -> None:
    short, long = (
        _legs(cdk.Stack(new_app(), "Stack"), completion=Completion.wait(cdk.Duration.hours(hours)))
        for hours in (2, 4)
    )
    assert list(short) == list(long)[:3]
    assert [short[leg] == long[leg] for leg in short] == [True, True, False]


@pytest.mark.parametrize(
    ("max_runtime", "total"),
    [(None, 5 * 3600), (cdk.Duration.hours(1), 2 * 3600), (cdk.Duration.seconds(1), 3601)],
)
def test_without_a_timeout_the_wait_is_an_hour_longer_than_the_run(
    stack: cdk.Stack, max_runtime: cdk.Duration | None, total: int
) -> None:
    legs = _legs(stack, max_runtime=max_runtime).values()
    assert sum(leg["Properties"]["Timeout"] for leg in legs) == total


@pytest.mark.parametrize(("seconds", "expected"), [(30, None), (5, 5), (120, 120), (3300, 3300)])
def test_an_interval_is_sent_when_it_is_not_the_default(
    stack: cdk.Stack, seconds: int, expected: int | None
) -> None:
    completion = Completion.wait(cdk.Duration.minutes(5), poll_interval=cdk.Duration.seconds(seconds))
    (leg,) = _legs(stack, completion=completion).values()
    assert leg["Properties"].get("PollInterval") == expected


@pytest.mark.parametrize("seconds", [0, 4, 3301])
def test_an_interval_out_of_its_range_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match=r"^poll_interval must be between 5 seconds and 55 minutes, got"):
        Completion.wait(poll_interval=cdk.Duration.seconds(seconds))


def test_a_timeout_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^timeout must be at least 1 second, got 0 seconds$"):
        Completion.wait(cdk.Duration.seconds(0))


def test_a_timeout_with_a_fraction_of_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^timeout must be a whole number of seconds, got 1\.5 seconds$"):
        Completion.wait(cdk.Duration.millis(1500))


def test_a_timeout_that_needs_more_legs_than_a_stack_holds_is_refused() -> None:
    with pytest.raises(ValueError, match=r"waiting 30 days takes 786 resources.*Completion\.detached"):
        Completion.wait(cdk.Duration.days(30))


def test_a_timeout_that_is_a_token_is_refused(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Seconds", type="Number")
    with pytest.raises(ValueError, match=r"^timeout must be known at synthesis"):
        Completion.wait(cdk.Duration.seconds(parameter.value_as_number))


def test_a_run_time_that_is_a_token_needs_a_timeout(stack: cdk.Stack) -> None:
    runtime = cdk.Duration.seconds(cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number)
    with pytest.raises(ValueError, match=r"^max_runtime is known only at deployment.*Completion\.wait"):
        make_job(stack, max_runtime=runtime)


def test_a_run_time_that_is_a_token_goes_with_a_timeout(stack: cdk.Stack) -> None:
    runtime = cdk.Duration.seconds(cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number)
    make_job(stack, max_runtime=runtime, completion=Completion.wait(cdk.Duration.hours(1)))
    (job,) = resources_of(template_of(stack), "Custom::SageMakerOptimizationJob").values()
    assert job["Properties"]["StoppingCondition"] == {"MaxRuntimeInSeconds": {"Ref": "Seconds"}}


def test_a_detached_job_has_no_legs(stack: cdk.Stack) -> None:
    assert _legs(stack, completion=Completion.detached()) == {}


@pytest.mark.parametrize(
    "attribute",
    [
        "optimization_job_status",
        "recommended_inference_image",
        "optimization_start_time",
        "optimization_end_time",
    ],
)
def test_a_detached_job_has_no_attributes_of_its_completion(stack: cdk.Stack, attribute: str) -> None:
    job = make_job(stack, completion=Completion.detached())
    with pytest.raises(ValueError, match=rf"^{attribute} of Stack/Job is known only after its completion"):
        getattr(job, attribute)


def test_a_leg_costs_less_than_600_bytes(app: cdk.App) -> None:
    stack = cdk.Stack(app, "InferencePlatformProduction")
    legs = _legs(stack, id="MetaLlama38BInstructQuantized")
    assert max(len(minified({leg: body})) for leg, body in legs.items()) < 600


@jsii.implements(cdk.IAspect)
class _FailFast:
    """No custom resource may hang for an hour, as companies ask for."""

    def __init__(self, seconds: object) -> None:
        self._seconds = seconds

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource) and node.cfn_resource_type.startswith("Custom::"):
            node.add_property_override("ServiceTimeout", self._seconds)


def test_a_service_timeout_that_shortens_the_waiting_is_a_warning(stack: cdk.Stack) -> None:
    make_job(stack, max_runtime=cdk.Duration.hours(1), completion=Completion.wait(cdk.Duration.hours(2)))
    cdk.Aspects.of(stack).add(_FailFast(600))
    legs = resources_of(template_of(stack), LEG).values()
    assert [leg["Properties"]["ServiceTimeout"] for leg in legs] == [600] * 3
    (warning,) = warnings_of(stack)
    assert warning.startswith(
        f"the ServiceTimeout of the resources of type {LEG} ends each part of the waiting"
    )
    assert "for 30 minutes at most, instead of 2 hours" in warning
    assert "cdk-sagemaker-optimization:shortServiceTimeout" in warning


@pytest.mark.parametrize("timeout", [3600, "3600", "3300"])
def test_a_service_timeout_that_is_longer_than_a_leg_is_none(stack: cdk.Stack, timeout: object) -> None:
    make_job(stack)
    cdk.Aspects.of(stack).add(_FailFast(timeout))
    template_of(stack)
    assert warnings_of(stack) == []


def test_a_service_timeout_that_only_the_deployment_knows_says_nothing(stack: cdk.Stack) -> None:
    make_job(stack)
    cdk.Aspects.of(stack).add(_FailFast(cdk.CfnParameter(stack, "Seconds").value_as_string))
    template_of(stack)
    assert warnings_of(stack) == []
