"""What a job made becomes a version in the model registry, and versions stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sagemaker as sagemaker

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import inventory, recorded_jobs
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_serving import (
    JOBS,
    SERVING,
    Served,
    delete_stacks,
    deploy_stacks,
    given_stacks,
    serving_resources,
)
from tests.end_to_end.support_stacks import AWQ, FP8


def _registered(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    model = optimization.OptimizedModel(stack, "Model", job=job)
    endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model)
    registered = optimization.RegisteredModel(stack, "Registered", model=model, tags={"team": "ml"})
    # What no endpoint could serve is never registered.
    registered.node.add_dependency(endpoint)
    cdk.CfnOutput(stack, "VersionArn", value=registered.model_package_arn)
    # CloudFormation gives the tags of a stack to what it can tag.
    cdk.Tags.of(stack).add("stage", "test")
    return endpoint


NAME = "cdk-sagemaker-optimization:name"

_FIRST = Served({"optimization_configs": [AWQ]}, _registered)
_SECOND = Served({"optimization_configs": [FP8]}, _registered)


def _versions(cloud: LocalCloud) -> list[dict[str, Any]]:
    """The versions of the only group."""
    (group,) = cloud.model_registry.groups()
    return cloud.model_registry.versions(group)


def _numbers_and_jobs(cloud: LocalCloud) -> list[tuple[int, str]]:
    return [
        (version["ModelPackageVersion"], version["CustomerMetadataProperties"]["OptimizationJobName"])
        for version in _versions(cloud)
    ]


def _tags_of_the_group(cloud: LocalCloud) -> dict[str, str]:
    (group,) = cloud.model_registry.groups()
    client = cloud.client("sagemaker")
    arn = client.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}


def test_a_new_artifact_is_a_new_version_and_every_version_stays(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    given_stacks(project, _FIRST)
    (first,) = recorded_jobs(cloud)
    (version,) = _versions(cloud)
    (container,) = version["InferenceSpecification"]["Containers"]
    assert first in container["ModelDataSource"]["S3DataSource"]["S3Uri"]
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    assert _numbers_and_jobs(cloud) == [(1, first)]
    arn = version["ModelPackageArn"]
    assert cloud.cloudformation.stack(SERVING).outputs["VersionArn"] == arn
    assert version["CustomerMetadataProperties"]["team"] == "ml"
    assert {"stage": "test", "team": "ml"}.items() <= _tags_of_the_group(cloud).items()
    # What somebody decided about a version outlives the next deployments.
    cloud.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    given_stacks(project, _SECOND)
    (second,) = recorded_jobs(cloud)
    assert _numbers_and_jobs(cloud) == [(1, first), (2, second)]
    statuses = [version["ModelApprovalStatus"] for version in _versions(cloud)]
    assert statuses == ["Approved", "PendingManualApproval"]

    # The endpoint cannot serve the third artifact, so nobody can approve it.
    cloud.endpoints.fail_health_check(when="update")
    third = Served({"optimization_configs": [AWQ], "triggers": ["again"]}, _registered)
    assert deploy_stacks(project, third)[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    assert [number for number, _ in _numbers_and_jobs(cloud)] == [1, 2]

    delete_stacks(project)
    assert inventory(cloud) == before
    assert _numbers_and_jobs(cloud) == [(1, first), (2, second)]

    # The name of the group that stays is not in the way of the next stack.
    given_stacks(project, _FIRST)
    assert len(cloud.model_registry.groups()) == 2
    assert serving_resources(cloud)["Model"] == 1


def test_a_first_deployment_that_fails_registers_nothing(cloud: LocalCloud, project: Project) -> None:
    cloud.endpoints.fail_health_check(when="create")
    assert deploy_stacks(project, _FIRST) == {JOBS: "CREATE_COMPLETE", SERVING: "ROLLBACK_COMPLETE"}
    assert cloud.model_registry.groups() == []


_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"


def _drafted(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    model = optimization.OptimizedModel(stack, "Model", job=job, image=_IMAGE)
    optimization.RegisteredModel(stack, "Registered", model=model)
    return optimization.OptimizedEndpoint(stack, "Endpoint", model=model)


def test_a_draft_is_registered_with_its_channel_beside_its_base_model(
    cloud: LocalCloud, project: Project
) -> None:
    data = optimization.TrainingData.from_s3_uri("s3://models/data/")
    job: dict[str, Any] = {
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G6_24XLARGE,
        "optimization_configs": [optimization.OptimizationConfig.speculative_decoding(training_data=data)],
    }
    given_stacks(project, Served(job, _drafted))
    (name,) = recorded_jobs(cloud)
    (version,) = _versions(cloud)
    (container,) = version["InferenceSpecification"]["Containers"]
    assert container["ModelDataSource"]["S3DataSource"]["S3Uri"] == "s3://models/llama/"
    (channel,) = container["AdditionalModelDataSources"]
    assert channel["ChannelName"] == "eagle"
    assert channel["S3DataSource"]["S3Uri"].endswith(f"/{name}/draft/")


def _destroyed(approval: str, description: str = "AWQ") -> Served:
    """Two versions in a group of the app, which go with their stack."""

    def build(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
        model = optimization.OptimizedModel(stack, "Model", job=job)
        group = sagemaker.CfnModelPackageGroup(stack, "Group", model_package_group_name="Llama")
        for name in ("First", "Second"):
            optimization.RegisteredModel(
                stack,
                name,
                model=model,
                group=group,
                approval_status=approval if name == "First" else "PendingManualApproval",
                description=description,
                removal_policy=cdk.RemovalPolicy.DESTROY,
            )
        return optimization.OptimizedEndpoint(stack, "Endpoint", model=model)

    return Served({"optimization_configs": [AWQ]}, build)


@pytest.mark.parametrize("lower_case", [False, True], ids=["as written", "in lower case"])
def test_two_versions_in_one_group_are_approved_replaced_and_deleted_apart(
    cloud: LocalCloud, project: Project, lower_case: bool
) -> None:
    cloud.dialect = replace(cloud.dialect, lower_case_arns=lower_case, job_read_lag=5)
    before = inventory(cloud)
    theirs = cloud.client("sagemaker")
    cloud.optimization_jobs.lose_response("CreateModelPackage", 2)
    given_stacks(project, _destroyed("PendingManualApproval"))
    versions = cloud.model_registry.versions("Llama")
    assert [version["ModelPackageVersion"] for version in versions] == [1, 2]
    first, second = sorted(version["CustomerMetadataProperties"][NAME] for version in versions)
    assert first != second
    by_hand = theirs.create_model_package(ModelPackageGroupName="Llama")["ModelPackageArn"]

    given_stacks(project, _destroyed("Approved"))
    approved = {
        version.get("CustomerMetadataProperties", {}).get(NAME): version["ModelApprovalStatus"]
        for version in cloud.model_registry.versions("Llama")
    }
    assert approved == {
        first: "Approved",
        second: "PendingManualApproval",
        None: "PendingManualApproval",
    }

    given_stacks(project, _destroyed("Approved", "AWQ, described again"))
    numbers = [version["ModelPackageVersion"] for version in cloud.model_registry.versions("Llama")]
    assert numbers == [3, 4, 5]

    theirs.delete_model_package(ModelPackageName=by_hand)
    delete_stacks(project)
    assert cloud.model_registry.groups() == []
    assert inventory(cloud) == before
