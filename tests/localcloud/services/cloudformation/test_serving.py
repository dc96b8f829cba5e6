"""A stack serves a model, and waits until each part of it is stable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect
from tests.localcloud.services.cloudformation.templates import Definition, of

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def cloud(platform: LocalCloud) -> LocalCloud:
    """An account with two artifacts."""
    platform.reset()
    s3 = platform.client("s3")
    s3.create_bucket(Bucket="models")
    for name in ("one", "two"):
        s3.put_object(Bucket="models", Key=f"{name}/config.json", Body=b"{}")
    return platform


def resource(type_name: str, **properties: Any) -> Definition:
    return {"Type": f"AWS::{type_name}", "Properties": properties}


def parts(artifact: str = "one", **variant: Any) -> dict[str, Definition]:
    """A role, a model and an endpoint configuration."""
    source = {"S3Uri": f"s3://models/{artifact}/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    named = {"ModelName": {"Fn::GetAtt": ["Model", "ModelName"]}}
    return {
        "Role": resource(
            "IAM::Role",
            AssumeRolePolicyDocument=TRUST,
            Policies=[{"PolicyName": "all", "PolicyDocument": EVERYTHING}],
        ),
        "Model": resource(
            "SageMaker::Model",
            ExecutionRoleArn={"Fn::GetAtt": ["Role", "Arn"]},
            PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}},
        ),
        "Config": resource(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                {
                    "VariantName": "optimized",
                    "InitialInstanceCount": "1",
                    "InstanceType": "ml.g6.12xlarge",
                    **({} if variant else named),
                    **variant,
                }
            ],
            **({"ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}} if variant else {}),
        ),
    }


def serving(artifact: str = "one", **endpoint: Any) -> dict[str, Definition]:
    """An endpoint of one artifact."""
    config = {"Fn::GetAtt": ["Config", "EndpointConfigName"]}
    members = {"EndpointConfigName": config, "EndpointName": "chat", **endpoint}
    return {**parts(artifact), "Endpoint": resource("SageMaker::Endpoint", **members)}


def components(artifact: str = "one") -> dict[str, Definition]:
    """An endpoint with one inference component."""
    scaling = {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 2}
    return {
        **parts(artifact, ManagedInstanceScaling=scaling),
        "Endpoint": resource(
            "SageMaker::Endpoint", EndpointConfigName={"Ref": "Config"}, EndpointName="chat"
        ),
        "Component": resource(
            "SageMaker::InferenceComponent",
            InferenceComponentName="llama",
            EndpointName={"Fn::GetAtt": ["Endpoint", "EndpointName"]},
            VariantName="optimized",
            Specification={
                "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
                "ComputeResourceRequirements": {
                    "MinMemoryRequiredInMb": 1024,
                    "NumberOfAcceleratorDevicesRequired": 4,
                },
            },
            RuntimeConfig={"CopyCount": 1},
        ),
    }


def deploy(cloud: LocalCloud, resources: dict[str, Definition]) -> str:
    """The status of the stack afterwards."""
    return cloud.cloudformation.deploy(of(**resources), "demo").status


def reasons(cloud: LocalCloud) -> str:
    return " ".join(event.reason or "" for event in cloud.cloudformation.stack("demo").events)


def invoke(cloud: LocalCloud, **members: Any) -> dict[str, Any]:
    response = cloud.client("sagemaker-runtime").invoke_endpoint(EndpointName="chat", Body=b"{}", **members)
    answer: dict[str, Any] = json.loads(response["Body"].read())
    return answer


def left(cloud: LocalCloud) -> dict[str, int]:
    """How much there is of each kind."""
    kinds = ("Model", "EndpointConfig", "Endpoint", "InferenceComponent")
    return {kind: len(cloud.endpoints.names(kind)) for kind in kinds}


def test_an_endpoint_takes_a_new_artifact_over_and_is_always_in_service(cloud: LocalCloud) -> None:
    began = cloud.clock.time()
    assert deploy(cloud, serving("one")) == "CREATE_COMPLETE"
    assert cloud.clock.time() - began > 240
    first = cloud.cloudformation.stack("demo").physical_id("Endpoint")
    assert deploy(cloud, serving("two", RetainAllVariantProperties=True)) == "UPDATE_COMPLETE"

    assert cloud.cloudformation.stack("demo").physical_id("Endpoint") == first
    assert invoke(cloud)["Artifact"] == "s3://models/two/"
    assert left(cloud) == {"Model": 1, "EndpointConfig": 1, "Endpoint": 1, "InferenceComponent": 0}
    statuses = [str(status) for _, status, _ in cloud.endpoints.endpoint("chat").history]
    assert statuses == ["Creating", "InService", "Updating", "InService"]


def test_the_refs_are_arns_and_the_names_are_attributes(cloud: LocalCloud) -> None:
    template = of(**components())
    template["Outputs"] = {
        name: {"Value": value}
        for name, value in {
            "ModelRef": {"Ref": "Model"},
            "ModelId": {"Fn::GetAtt": ["Model", "Id"]},
            "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
            "ConfigRef": {"Ref": "Config"},
            "EndpointRef": {"Ref": "Endpoint"},
            "ComponentRef": {"Ref": "Component"},
            "ComponentArn": {"Fn::GetAtt": ["Component", "InferenceComponentArn"]},
        }.items()
    }
    stack = cloud.cloudformation.deploy(template, "demo")
    outputs = stack.outputs
    arn = "arn:aws:sagemaker:us-east-1:123456789012"
    assert outputs["ModelRef"] == outputs["ModelId"] == f"{arn}:model/{outputs['ModelName']}"
    assert outputs["ConfigRef"].startswith(f"{arn}:endpoint-config/Config-")
    assert outputs["EndpointRef"] == f"{arn}:endpoint/chat"
    assert outputs["ComponentRef"] == outputs["ComponentArn"] == f"{arn}:inference-component/llama"


def test_a_first_endpoint_that_is_not_healthy_rolls_back_and_leaves_nothing(cloud: LocalCloud) -> None:
    cloud.endpoints.fail_health_check()
    assert deploy(cloud, serving()) == "ROLLBACK_COMPLETE"
    assert "did not pass the ping health check" in reasons(cloud)
    assert set(left(cloud).values()) == {0}


@pytest.mark.parametrize("same", ["accepted", "refused"])
def test_an_update_that_is_not_healthy_returns_to_the_old_model(cloud: LocalCloud, same: Any) -> None:
    cloud.dialect = Dialect(update_to_same_config=same)
    deploy(cloud, serving("one"))
    cloud.endpoints.fail_health_check(when="update")
    assert deploy(cloud, serving("two")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "did not pass the ping health check" in reasons(cloud)
    assert invoke(cloud)["Artifact"] == "s3://models/one/"
    assert left(cloud) == {"Model": 1, "EndpointConfig": 1, "Endpoint": 1, "InferenceComponent": 0}
    assert deploy(cloud, serving("two")) == "UPDATE_COMPLETE"
    assert invoke(cloud)["Artifact"] == "s3://models/two/"


@pytest.mark.parametrize(("silently", "notices"), [(True, True), (False, False)])
def test_a_rollback_that_cloudformation_does_not_notice_deletes_the_configuration_that_runs(
    cloud: LocalCloud, silently: bool, notices: bool
) -> None:
    cloud.dialect = Dialect(cloudformation_notices_rollback=notices)
    deploy(cloud, serving("one"))
    cloud.endpoints.fail_health_check(when="update", silently=silently)
    assert deploy(cloud, serving("two")) == "UPDATE_COMPLETE"
    described = cloud.client("sagemaker").describe_endpoint(EndpointName="chat")
    assert described["EndpointConfigName"] not in cloud.endpoints.names("EndpointConfig")
    # And no later update is possible.
    assert deploy(cloud, serving("one")) == "UPDATE_ROLLBACK_FAILED"
    assert "Could not find endpoint configuration" in reasons(cloud)


def test_a_component_rolls_over_to_a_new_model_in_place(cloud: LocalCloud) -> None:
    assert deploy(cloud, components("one")) == "CREATE_COMPLETE"
    assert deploy(cloud, components("two")) == "UPDATE_COMPLETE"
    assert invoke(cloud, InferenceComponentName="llama")["Artifact"] == "s3://models/two/"
    assert len(cloud.endpoints.endpoint("chat").history) == 2

    cloud.endpoints.fail_health_check(when="update", name_prefix="llama")
    assert deploy(cloud, components("one")) == "UPDATE_ROLLBACK_COMPLETE"
    assert invoke(cloud, InferenceComponentName="llama")["Artifact"] == "s3://models/two/"

    assert cloud.cloudformation.delete("demo").status == "DELETE_COMPLETE"
    assert set(left(cloud).values()) == {0}


def test_a_component_has_its_place_for_good(cloud: LocalCloud) -> None:
    assert deploy(cloud, components()) == "CREATE_COMPLETE"
    moved = components()
    moved["Endpoint"]["Properties"]["EndpointName"] = "other"
    assert deploy(cloud, moved) == "UPDATE_ROLLBACK_COMPLETE"
    assert "EndpointName of an inference component cannot be changed" in reasons(cloud)

    # Under another logical id it is another component, of the new endpoint.
    moved["Component2"] = moved.pop("Component")
    moved["Component2"]["Properties"]["InferenceComponentName"] = "llama-2"
    assert deploy(cloud, moved) == "UPDATE_COMPLETE"
    assert left(cloud) == {"Model": 1, "EndpointConfig": 1, "Endpoint": 1, "InferenceComponent": 1}
    assert cloud.cloudformation.delete("demo").status == "DELETE_COMPLETE"


def test_cloudformation_does_not_wait_longer_than_the_resource_type_says(cloud: LocalCloud) -> None:
    cloud.endpoints.slow_start(3 * 3600)
    assert deploy(cloud, serving()) == "ROLLBACK_COMPLETE"
    assert "Exceeded attempts to wait" in reasons(cloud)
    assert set(left(cloud).values()) == {0}


def test_a_create_that_is_given_up_leaves_no_endpoint(cloud: LocalCloud) -> None:
    broken = resource("SSM::Parameter", Type="Strange", Value="x")
    broken["DependsOn"] = "Config"
    assert deploy(cloud, {**serving(), "Broken": broken}) == "ROLLBACK_COMPLETE"
    assert set(left(cloud).values()) == {0}


def scaled() -> dict[str, Definition]:
    """A component that is scaled between no copy and two, and what wakes it."""
    target = resource(
        "ApplicationAutoScaling::ScalableTarget",
        ServiceNamespace="sagemaker",
        ResourceId={
            "Fn::Join": [
                "",
                ["inference-component/", {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Component"}]}]}],
            ]
        },
        ScalableDimension="sagemaker:inference-component:DesiredCopyCount",
        MinCapacity=0,
        MaxCapacity=2,
    )
    tracking = resource(
        "ApplicationAutoScaling::ScalingPolicy",
        PolicyName="load",
        PolicyType="TargetTrackingScaling",
        ScalingTargetId={"Ref": "Target"},
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 8,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
            },
        },
    )
    wake = resource(
        "ApplicationAutoScaling::ScalingPolicy",
        PolicyName="wake",
        PolicyType="StepScaling",
        ScalingTargetId={"Ref": "Target"},
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    alarm = resource(
        "CloudWatch::Alarm",
        Namespace="AWS/SageMaker",
        MetricName="NoCapacityInvocationFailures",
        Dimensions=[{"Name": "InferenceComponentName", "Value": "llama"}],
        Statistic="Maximum",
        Period=30,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="missing",
        AlarmActions=[{"Ref": "Wake"}],
    )
    return {**components(), "Target": target, "Tracking": tracking, "Wake": wake, "Alarm": alarm}


def test_scaling_comes_and_goes_with_the_stack(cloud: LocalCloud) -> None:
    assert deploy(cloud, scaled()) == "CREATE_COMPLETE"
    autoscaling, cloudwatch = cloud.client("application-autoscaling"), cloud.client("cloudwatch")
    target = cloud.cloudformation.stack("demo").physical_id("Target")
    assert target == "inference-component/llama|sagemaker:inference-component:DesiredCopyCount|sagemaker"
    policies = autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert {each["PolicyName"] for each in policies} == {"load", "wake"}
    assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 3

    changed = scaled()
    changed["Target"]["Properties"]["MaxCapacity"] = 5
    changed["Tracking"]["Properties"]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] = 4
    before = cloud.cloudformation.stack("demo").physical_id("Tracking")
    assert deploy(cloud, changed) == "UPDATE_COMPLETE"
    assert cloud.cloudformation.stack("demo").physical_id("Tracking") == before
    found = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [each["MaxCapacity"] for each in found] == [5]

    assert cloud.cloudformation.delete("demo").status == "DELETE_COMPLETE"
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    assert set(left(cloud).values()) == {0}


def test_a_component_scales_to_zero_and_wakes_at_a_request(cloud: LocalCloud) -> None:
    deploy(cloud, scaled())
    cloud.clock.pause()
    for _ in range(16):
        cloud.client("cloudwatch").put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[
                {
                    "MetricName": "ConcurrentRequestsPerCopy",
                    "Dimensions": [{"Name": "InferenceComponentName", "Value": "llama"}],
                    "Value": 0,
                }
            ],
        )
        cloud.clock.advance(60)
    assert cloud.endpoints.component("llama").copies == 0
    with pytest.raises(Exception, match="has no capacity"):
        invoke(cloud, InferenceComponentName="llama")
    cloud.clock.advance(60)
    assert cloud.endpoints.component("llama").status == "Updating"
    cloud.clock.advance(300)
    assert invoke(cloud, InferenceComponentName="llama")["Artifact"] == "s3://models/one/"


def test_a_variant_that_is_scaled_keeps_its_instance_type(cloud: LocalCloud) -> None:
    def variant_scaled(instance_type: str) -> dict[str, Definition]:
        template = serving()
        template["Config"]["Properties"]["ProductionVariants"][0]["InstanceType"] = instance_type
        template["Target"] = resource(
            "ApplicationAutoScaling::ScalableTarget",
            ServiceNamespace="sagemaker",
            ResourceId="endpoint/chat/variant/optimized",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=3,
        )
        template["Target"]["DependsOn"] = "Endpoint"
        return template

    assert deploy(cloud, variant_scaled("ml.g6.12xlarge")) == "CREATE_COMPLETE"
    assert deploy(cloud, variant_scaled("ml.g6.24xlarge")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "is registered as a scalable target" in reasons(cloud)
