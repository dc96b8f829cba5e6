"""The model registry keeps versions in groups."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.refusals import refusal


@pytest.fixture
def group(sagemaker: Any) -> str:
    sagemaker.create_model_package_group(ModelPackageGroupName="llama")
    return "llama"


def register(sagemaker: Any, **members: Any) -> str:
    made = sagemaker.create_model_package(ModelPackageGroupName="llama", **members)
    return str(made["ModelPackageArn"])


def numbers(cloud: LocalCloud) -> list[int]:
    return [version["ModelPackageVersion"] for version in cloud.model_registry.versions("llama")]


def test_versions_are_numbered_and_no_number_comes_twice(
    cloud: LocalCloud, sagemaker: Any, group: str
) -> None:
    first, second = register(sagemaker), register(sagemaker)
    assert (first[-2:], second[-2:]) == ("/1", "/2")
    sagemaker.delete_model_package(ModelPackageName=second)
    assert register(sagemaker).endswith("/3")
    assert numbers(cloud) == [1, 3]
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert [each["ModelPackageVersion"] for each in listed] == [3, 1]


def test_the_same_token_makes_one_version(cloud: LocalCloud, sagemaker: Any, group: str) -> None:
    assert register(sagemaker, ClientToken="one") == register(sagemaker, ClientToken="one")
    assert numbers(cloud) == [1]


def test_a_version_waits_for_approval_until_somebody_decides(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, ModelPackageDescription="AWQ")
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["ModelPackageDescription"] == "AWQ"
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Approved"


def test_versions_and_groups_have_tags(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, Tags=[{"Key": "team", "Value": "ml"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]


def test_a_group_with_versions_cannot_be_deleted(cloud: LocalCloud, sagemaker: Any, group: str) -> None:
    arn = register(sagemaker)
    refused = refusal(sagemaker.delete_model_package_group, ModelPackageGroupName=group)
    assert refused["Code"] == "ConflictException"
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    assert cloud.model_registry.groups() == []


@pytest.mark.parametrize(
    ("operation", "members", "message"),
    [
        ("create_model_package_group", {"ModelPackageGroupName": "llama"}, "already exists"),
        ("create_model_package", {"ModelPackageGroupName": "other"}, "Could not find model package group"),
        ("create_model_package", {"ModelPackageName": "one"}, "versions of groups only"),
        ("describe_model_package", {"ModelPackageName": "one"}, "Could not find model package"),
        ("describe_model_package_group", {"ModelPackageGroupName": "other"}, "Could not find model package"),
    ],
)
def test_what_the_registry_refuses(
    sagemaker: Any, group: str, operation: str, members: dict[str, Any], message: str
) -> None:
    refused = refusal(getattr(sagemaker, operation), **members)
    assert refused["Code"] == "ValidationException"
    assert message in refused["Message"]
