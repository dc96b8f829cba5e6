"""Policies change the number of instances and of copies when their alarms go off."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.account import make_account
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.served import Served

_VARIANT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/chat/variant/optimized",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
_COMPONENT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "inference-component/llama",
    "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
}
_CONCURRENCY = {
    "TargetValue": 4.0,
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    },
    "ScaleInCooldown": 60,
    "ScaleOutCooldown": 0,
}


@pytest.fixture
def served(cloud: LocalCloud) -> Served:
    """An account whose time passes only when a test says so."""
    cloud.clock.pause()
    make_account(cloud)
    return Served(cloud)


def register(served: Served, place: dict[str, str], least: int, most: int) -> None:
    scaling = served.cloud.client("application-autoscaling")
    scaling.register_scalable_target(**place, MinCapacity=least, MaxCapacity=most)


def track(served: Served, place: dict[str, str], policy: str = "load", **members: Any) -> dict[str, Any]:
    response = served.cloud.client("application-autoscaling").put_scaling_policy(
        PolicyName=policy,
        PolicyType="TargetTrackingScaling",
        **place,
        TargetTrackingScalingPolicyConfiguration={**_CONCURRENCY, **members},
    )
    return dict(response)


def load(served: Served, concurrency: float, seconds: int) -> None:
    """Let so many requests be under way at each instance for so long."""
    for _ in range(seconds // 10):
        served.cloud.client("cloudwatch").put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[
                {
                    "MetricName": "ConcurrentRequestsPerModel",
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": "chat"},
                        {"Name": "VariantName", "Value": "optimized"},
                    ],
                    "Value": concurrency,
                }
            ],
        )
        served.cloud.clock.advance(10)


def instances(served: Served) -> int:
    return int(served.described()["ProductionVariants"][0]["CurrentInstanceCount"])


def test_an_endpoint_grows_with_its_load_and_shrinks_without(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 1, 4)
    track(served, _VARIANT)
    load(served, 10, 60)
    served.cloud.clock.advance(120)
    assert instances(served) == 3
    load(served, 0, 960)
    served.cloud.clock.advance(300)
    assert instances(served) == 1


def test_the_number_stays_within_its_bounds(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 1, 2)
    track(served, _VARIANT)
    load(served, 100, 60)
    served.cloud.clock.advance(120)
    assert instances(served) == 2


def test_an_endpoint_does_not_shrink_where_that_is_disabled(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 1, 4)
    track(served, _VARIANT, DisableScaleIn=True)
    load(served, 10, 60)
    served.cloud.clock.advance(120)
    load(served, 0, 960)
    assert instances(served) == 3


def test_a_policy_makes_two_alarms_that_go_with_it(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 1, 4)
    made = track(served, _VARIANT)
    assert len(made["Alarms"]) == 2
    again = track(served, _VARIANT, TargetValue=9)
    assert again["PolicyARN"] == made["PolicyARN"]
    cloudwatch = served.cloud.client("cloudwatch")
    thresholds = [each["Threshold"] for each in cloudwatch.describe_alarms()["MetricAlarms"]]
    assert sorted(thresholds) == [pytest.approx(8.1), 9]
    served.cloud.client("application-autoscaling").deregister_scalable_target(**_VARIANT)
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_only_one_policy_tracks_a_metric(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 1, 4)
    track(served, _VARIANT)
    error = refusal(track, served=served, place=_VARIANT, policy="other")
    assert error["Message"].startswith("Only one TargetTrackingScaling policy")


def test_only_what_there_is_can_be_scaled(served: Served) -> None:
    assert "to scale" in refusal(register, served=served, place=_VARIANT, least=1, most=2)["Message"]
    served.endpoint()
    assert refusal(track, served=served, place=_VARIANT)["Code"] == "ObjectNotFoundException"


def test_deleting_an_endpoint_takes_its_target_away(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 1, 4)
    track(served, _VARIANT)
    served.sagemaker.delete_endpoint(EndpointName="chat")
    scaling = served.cloud.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert served.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("kind", "adjustments", "expected"),
    [
        ("ChangeInCapacity", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}], 3),
        ("ChangeInCapacity", [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}], 2),
        ("ExactCapacity", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 4}], 4),
        ("PercentChangeInCapacity", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 50}], 3),
        ("ExactCapacity", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 9}], 5),
    ],
)
def test_a_step_policy_takes_the_step_that_fits(
    served: Served, kind: str, adjustments: list[dict[str, Any]], expected: int
) -> None:
    served.component_endpoint()
    served.component(2)
    register(served, _COMPONENT, 1, 5)
    configuration = {"AdjustmentType": kind, "StepAdjustments": adjustments}
    policy = served.cloud.client("application-autoscaling").put_scaling_policy(
        PolicyName="step",
        PolicyType="StepScaling",
        **_COMPONENT,
        StepScalingPolicyConfiguration=configuration,
    )
    cloudwatch = served.cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/SageMaker",
        MetricName="Busy",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    cloudwatch.set_alarm_state(AlarmName="busy", StateValue="ALARM", StateReason="test")
    served.cloud.clock.advance(600)
    assert served.described_component()["RuntimeConfig"]["CurrentCopyCount"] == expected


def test_an_endpoint_follows_a_metric_of_its_own_until_it_has_no_instance(served: Served) -> None:
    served.endpoint()
    register(served, _VARIANT, 0, 4)
    backlog = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Dimensions": [{"Name": "EndpointName", "Value": "chat"}],
        "Statistic": "Average",
    }
    served.cloud.client("application-autoscaling").put_scaling_policy(
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        **_VARIANT,
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 2, "CustomizedMetricSpecification": backlog},
    )
    for _ in range(16):
        served.cloud.alarms.put(
            "AWS/SageMaker", "ApproximateBacklogSizePerInstance", {"EndpointName": "chat"}, 0
        )
        served.cloud.clock.advance(60)
    served.cloud.clock.advance(120)
    assert instances(served) == 0


def test_a_step_policy_wakes_a_component_that_has_no_copy(served: Served) -> None:
    served.component_endpoint()
    served.component()
    register(served, _COMPONENT, 0, 2)
    served.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="llama", DesiredRuntimeConfig={"CopyCount": 0}
    )
    served.cloud.clock.advance(60)
    policy = served.cloud.client("application-autoscaling").put_scaling_policy(
        PolicyName="wake",
        PolicyType="StepScaling",
        **_COMPONENT,
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    served.cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="asleep",
        Namespace="AWS/SageMaker",
        MetricName="NoCapacityInvocationFailures",
        Dimensions=[{"Name": "InferenceComponentName", "Value": "llama"}],
        Statistic="Maximum",
        Period=30,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    assert "has no capacity" in refusal(served.invoke, InferenceComponentName="llama")["Message"]
    served.cloud.clock.advance(30)
    assert served.described_component()["RuntimeConfig"]["DesiredCopyCount"] == 1
    served.cloud.clock.advance(300)
    assert served.invoke(InferenceComponentName="llama")["ModelName"] == "first"
