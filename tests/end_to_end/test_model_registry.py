"""What a job made becomes a version in the model registry, and versions stay."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

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
    return endpoint


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
    tags = cloud.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    assert {"Key": "team", "Value": "ml"} in tags
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
