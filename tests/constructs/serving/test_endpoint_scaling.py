"""Scaling of instances and copies, also to zero, and what a deployment leaves as it is."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.endpoint_support import (
    ALARM,
    COMPONENT,
    COMPONENTS,
    ENDPOINT,
    POLICY,
    TARGET,
    Endpoints,
    Hosting,
    id_of,
    make_endpoint,
    make_model,
    variant_of,
)
from tests.constructs.support import flat, new_app, properties_of, resources_of, template_of


def _asynchronous(stack: cdk.Stack) -> optimization.AsyncInference:
    return optimization.AsyncInference.to_bucket(s3.Bucket(stack, "Responses"))


def _tracking(template: dict[str, Any]) -> dict[str, Any]:
    policies = resources_of(template, POLICY).values()
    (found,) = (
        each["Properties"]["TargetTrackingScalingPolicyConfiguration"]
        for each in policies
        if each["Properties"]["PolicyType"] == "TargetTrackingScaling"
    )
    return dict(found)


class TestInstances:
    def test_they_follow_the_load(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack)
        endpoint.auto_scale(min_capacity=1, max_capacity=4).scale_on_concurrency("Load", target=8)
        template = template_of(stack)
        assert properties_of(template, TARGET) == {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "ResourceId": {
                "Fn::Join": [
                    "",
                    [
                        "endpoint/",
                        {"Fn::GetAtt": [id_of(template, ENDPOINT), "EndpointName"]},
                        "/variant/optimized",
                    ],
                ]
            },
            # No role: Application Auto Scaling has one of its own.
            "MinCapacity": 1,
            "MaxCapacity": 4,
        }
        policy = properties_of(template, POLICY)
        assert policy.pop("PolicyName").startswith("StackEndpointScalingLoad")
        assert policy == {
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": id_of(template, TARGET)},
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 8,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
                },
            },
        }

    def test_a_deployment_keeps_their_number_and_nothing_else(self, stack: cdk.Stack) -> None:
        make_endpoint(stack).auto_scale(min_capacity=1, max_capacity=4)
        endpoint = properties_of(template_of(stack), ENDPOINT)
        assert endpoint["RetainAllVariantProperties"] is True
        assert endpoint["ExcludeRetainedVariantProperties"] == [
            {"VariantPropertyType": "DesiredWeight"},
            {"VariantPropertyType": "DataCaptureConfig"},
        ]

    def test_without_scaling_a_deployment_sets_the_number(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, hosting=Hosting.instances(3))
        template = template_of(stack)
        assert "RetainAllVariantProperties" not in properties_of(template, ENDPOINT)
        assert variant_of(template)["InitialInstanceCount"] == 3

    def test_other_limits_of_scaling_leave_the_config_alone(self) -> None:
        """A new config would start every instance anew."""
        found = []
        for capacity in (None, (1, 4), (2, 8)):
            stack = cdk.Stack(new_app(), "Stack")
            endpoint = make_endpoint(stack, hosting=Hosting.instances(2))
            if capacity:
                endpoint.auto_scale(min_capacity=capacity[0], max_capacity=capacity[1])
            found.append(variant_of(template_of(stack)))
        assert found[0] == found[1] == found[2]

    def test_they_follow_the_requests_of_a_minute(self, stack: cdk.Stack) -> None:
        make_endpoint(stack).auto_scale(min_capacity=1, max_capacity=4).scale_on_invocations(
            "Requests",
            per_minute=70,
            scale_in_cooldown=cdk.Duration.minutes(10),
            scale_out_cooldown=cdk.Duration.seconds(0),
        )
        assert _tracking(template_of(stack)) == {
            "TargetValue": 70,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
            "ScaleInCooldown": 600,
            "ScaleOutCooldown": 0,
        }

    def test_each_variant_scales_by_itself(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack)
        other = endpoint.add_variant("challenger", model=make_model(stack, "Other"))
        endpoint.auto_scale(min_capacity=1, max_capacity=2).scale_on_concurrency("Load", target=8)
        other.auto_scale(min_capacity=2, max_capacity=3).scale_on_concurrency("Load", target=4)
        targets = resources_of(template_of(stack), TARGET).values()
        found = {
            flat(each["Properties"]["ResourceId"]).rpartition("/")[2]: each["Properties"]["MaxCapacity"]
            for each in targets
        }
        assert found == {"optimized": 2, "challenger": 3}

    def test_they_scale_once(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make()
        variant = endpoint.add_variant("other", model=endpoints.model)
        endpoint.auto_scale(min_capacity=1, max_capacity=2)
        with pytest.raises(ValueError, match=r"Endpoint\d+ must scale once, got a second auto_scale"):
            endpoint.auto_scale(min_capacity=1, max_capacity=3)
        variant.auto_scale(min_capacity=1, max_capacity=2)
        with pytest.raises(ValueError, match=r"the variant 'other' of .* must scale once"):
            variant.auto_scale(min_capacity=1, max_capacity=2)

    def test_their_backlog_is_that_of_an_asynchronous_endpoint(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, asynchronous=_asynchronous(stack))
        endpoint.auto_scale(min_capacity=1, max_capacity=4).scale_on_backlog("Backlog", target=5)
        template = template_of(stack)
        assert _tracking(template)["CustomizedMetricSpecification"] == {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Dimensions": [
                {
                    "Name": "EndpointName",
                    "Value": {"Fn::GetAtt": [id_of(template, ENDPOINT), "EndpointName"]},
                }
            ],
            "Statistic": "Average",
        }

    def test_no_other_endpoint_has_a_backlog(self, endpoints: Endpoints) -> None:
        for hosting in (Hosting.instances(), COMPONENTS):
            scaling = endpoints.make(hosting=hosting).auto_scale(min_capacity=1, max_capacity=2)
            with pytest.raises(ValueError, match=r"scale_on_backlog of .* needs an asynchronous endpoint"):
                scaling.scale_on_backlog("Backlog", target=5)


class TestCopies:
    def test_they_follow_the_load(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        endpoint.auto_scale(min_capacity=2, max_capacity=6).scale_on_concurrency("Load", target=8)
        template = template_of(stack)
        target = properties_of(template, TARGET)
        component = id_of(template, COMPONENT)
        name = {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": component}]}]}
        assert target["ResourceId"] == {"Fn::Join": ["", ["inference-component/", name]]}
        assert target["ScalableDimension"] == "sagemaker:inference-component:DesiredCopyCount"
        assert _tracking(template)["PredefinedMetricSpecification"] == {
            "PredefinedMetricType": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
        }
        # A deployment begins with the least number, and every copy has room.
        assert properties_of(template, COMPONENT)["RuntimeConfig"] == {"CopyCount": 2}
        scaling = variant_of(template)["ManagedInstanceScaling"]
        assert (scaling["MinInstanceCount"], scaling["MaxInstanceCount"]) == (1, 6)
        assert "RetainAllVariantProperties" not in properties_of(template, ENDPOINT)
        assert resources_of(template, ALARM) == {}

    def test_they_follow_the_requests_of_a_minute(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        endpoint.auto_scale(min_capacity=1, max_capacity=2).scale_on_invocations("Requests", per_minute=60)
        assert _tracking(template_of(stack))["PredefinedMetricSpecification"] == {
            "PredefinedMetricType": "SageMakerInferenceComponentInvocationsPerCopy"
        }

    def test_chosen_instances_stay_as_chosen(self, stack: cdk.Stack) -> None:
        hosting = Hosting.components(min_memory=cdk.Size.gibibytes(8), min_instances=1, max_instances=2)
        make_endpoint(stack, hosting=hosting).auto_scale(min_capacity=0, max_capacity=8)
        scaling = variant_of(template_of(stack))["ManagedInstanceScaling"]
        assert (scaling["MinInstanceCount"], scaling["MaxInstanceCount"]) == (1, 2)

    def test_limits_may_be_known_only_at_deployment(self, stack: cdk.Stack) -> None:
        least, most = (
            cdk.CfnParameter(stack, name, type="Number").value_as_number for name in ("Least", "Most")
        )
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        capacity: dict[str, Any] = {"min_capacity": least, "max_capacity": most}
        endpoint.auto_scale(**capacity).scale_on_concurrency("Load", target=8)
        template = template_of(stack)
        target = properties_of(template, TARGET)
        assert (target["MinCapacity"], target["MaxCapacity"]) == ({"Ref": "Least"}, {"Ref": "Most"})
        assert properties_of(template, COMPONENT)["RuntimeConfig"] == {"CopyCount": {"Ref": "Least"}}
        assert variant_of(template)["ManagedInstanceScaling"]["MaxInstanceCount"] == {"Ref": "Most"}


class TestZero:
    def test_no_copy_and_no_instance_is_left_and_a_request_brings_one_back(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        endpoint.auto_scale(min_capacity=0, max_capacity=4).scale_on_concurrency("Load", target=8)
        template = template_of(stack)
        assert properties_of(template, TARGET)["MinCapacity"] == 0
        assert variant_of(template)["ManagedInstanceScaling"] == {
            "Status": "ENABLED",
            "MinInstanceCount": 0,
            "MaxInstanceCount": 4,
        }
        # A deployment has to see a copy that works.
        assert variant_of(template)["InitialInstanceCount"] == 1
        assert properties_of(template, COMPONENT)["RuntimeConfig"] == {"CopyCount": 1}
        wake, properties = self._wake_up(template)
        assert properties["StepScalingPolicyConfiguration"] == {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Maximum",
            "Cooldown": 300,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        }
        alarm = properties_of(template, ALARM)
        name = properties_of(template, COMPONENT)["InferenceComponentName"]
        assert alarm["Dimensions"] == [{"Name": "InferenceComponentName", "Value": name}]
        assert alarm["AlarmActions"] == [{"Ref": wake}]
        assert {key: alarm[key] for key in ("Namespace", "MetricName", "Period", "Statistic")} == {
            "Namespace": "AWS/SageMaker",
            "MetricName": "NoCapacityInvocationFailures",
            "Period": 30,
            "Statistic": "Maximum",
        }
        assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (1, 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"

    def test_the_queue_of_an_asynchronous_endpoint_brings_an_instance_back(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, asynchronous=_asynchronous(stack))
        endpoint.auto_scale(min_capacity=0, max_capacity=2).scale_on_backlog("Backlog", target=5)
        template = template_of(stack)
        wake, _ = self._wake_up(template)
        alarm = properties_of(template, ALARM)
        assert alarm["AlarmActions"] == [{"Ref": wake}]
        assert alarm["MetricName"] == "HasBacklogWithoutCapacity"
        assert [each["Name"] for each in alarm["Dimensions"]] == ["EndpointName"]
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 2)
        assert variant_of(template)["InitialInstanceCount"] == 1

    def _wake_up(self, template: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        (found,) = (
            (name, each["Properties"])
            for name, each in resources_of(template, POLICY).items()
            if each["Properties"]["PolicyType"] == "StepScaling"
        )
        return found


@pytest.mark.parametrize(
    ("capacity", "message"),
    [
        ((-1, 2), "min_capacity must be a whole number of at least 0, got -1"),
        ((1, 0), "max_capacity must be a whole number of at least 1, got 0"),
        ((3, 2), "max_capacity must be at least min_capacity, 3, got 2"),
        ((1.5, 2), "min_capacity must be a whole number of at least 0, got 1.5"),
        (("1", 2), "min_capacity must be a whole number of at least 0, got '1'"),
    ],
)
def test_a_wrong_limit_is_refused(endpoints: Endpoints, capacity: Any, message: str) -> None:
    least, most = capacity
    endpoint = endpoints.make()
    with pytest.raises(ValueError, match=f"^{message}"):
        endpoint.auto_scale(min_capacity=least, max_capacity=most)
    # A refused scaling is not there.
    endpoint.auto_scale(min_capacity=1, max_capacity=2)


@pytest.mark.parametrize("target", [0, -1, "8", True, float("inf"), float("nan")])
def test_a_wrong_target_is_refused(endpoints: Endpoints, target: Any) -> None:
    scaling = endpoints.make().auto_scale(min_capacity=1, max_capacity=2)
    with pytest.raises(ValueError, match=r"^target must be a number greater than 0, got"):
        scaling.scale_on_concurrency("Load", target=target)
    with pytest.raises(ValueError, match=r"^per_minute must be a number greater than 0, got"):
        scaling.scale_on_invocations("Load", per_minute=target)


def test_a_wrong_cooldown_is_refused(endpoints: Endpoints) -> None:
    scaling = endpoints.make().auto_scale(min_capacity=1, max_capacity=2)
    wrong: Any = 60
    with pytest.raises(ValueError, match=r"^scale_in_cooldown must be a Duration"):
        scaling.scale_on_concurrency("Load", target=1, scale_in_cooldown=wrong)


def test_a_policy_or_a_schedule_of_your_own_can_be_added(stack: cdk.Stack) -> None:
    scaling = make_endpoint(stack).auto_scale(min_capacity=1, max_capacity=2)
    scaling.scale_on_concurrency("Load", target=8)
    scaling.scalable_target.add_property_override("SuspendedState", {"DynamicScalingInSuspended": True})
    target = properties_of(template_of(stack), TARGET)
    assert target["SuspendedState"] == {"DynamicScalingInSuspended": True}


def test_a_variant_whose_name_is_known_only_at_deployment_scales(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    endpoint = make_endpoint(stack)
    variant = endpoint.add_variant(name, model=make_model(stack))
    variant.auto_scale(min_capacity=1, max_capacity=2).scale_on_concurrency("Load", target=3)
    (target,) = resources_of(template_of(stack), TARGET).values()
    assert flat(target["Properties"]["ResourceId"]).endswith("/variant/${Name}")
