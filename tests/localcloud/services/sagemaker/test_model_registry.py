"""The model registry keeps versions in groups."""

from __future__ import annotations

import json
from dataclasses import replace
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
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group, SortOrder="Descending")
    assert [each["ModelPackageVersion"] for each in listed["ModelPackageSummaryList"]] == [3, 1]


def test_versions_are_listed_in_pages_and_only_those_of_a_group_without_a_type(
    sagemaker: Any, group: str
) -> None:
    for _ in range(25):
        register(sagemaker)
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    sizes = [len(page["ModelPackageSummaryList"]) for page in pages]
    assert sizes == [10, 10, 5]
    assert sagemaker.list_model_packages()["ModelPackageSummaryList"] == []
    versioned = sagemaker.list_model_packages(ModelPackageType="Versioned", MaxResults=100)
    assert len(versioned["ModelPackageSummaryList"]) == 25


@pytest.mark.parametrize(
    ("dialect", "made"), [("the same version", [1]), ("another version", [1, 2]), ("refused", [1])]
)
def test_a_known_token_makes_what_the_dialect_says(
    cloud: LocalCloud, sagemaker: Any, group: str, dialect: Any, made: list[int]
) -> None:
    cloud.dialect = replace(cloud.dialect, known_client_token=dialect)
    register(sagemaker, ClientToken="one")
    if dialect == "refused":
        refused = refusal(sagemaker.create_model_package, ModelPackageGroupName="llama", ClientToken="one")
        assert refused["Code"] == "ConflictException"
    else:
        register(sagemaker, ClientToken="one")
    assert numbers(cloud) == made


@pytest.mark.parametrize(("left_out", "kept"), [("stays", {"a": "1", "c": "3"}), ("goes", {"c": "3"})])
def test_metadata_that_an_update_leaves_out_stays_or_goes_and_what_it_removes_goes(
    cloud: LocalCloud, sagemaker: Any, group: str, left_out: Any, kept: dict[str, str]
) -> None:
    cloud.dialect = replace(cloud.dialect, metadata_left_out=left_out)
    arn = register(sagemaker, CustomerMetadataProperties={"a": "1", "b": "2"})
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["b"],
    )
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["CustomerMetadataProperties"] == kept


def test_reads_of_a_version_may_be_late(cloud: LocalCloud, sagemaker: Any, group: str) -> None:
    cloud.dialect = replace(cloud.dialect, job_read_lag=30, version_pending=40)
    arn = register(sagemaker)
    assert sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"] == []
    refused = refusal(sagemaker.describe_model_package, ModelPackageName=arn)
    assert refused["Message"] == f"ModelPackage {arn} does not exist."
    cloud.clock.advance(31)
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelPackageStatus"] == "Pending"
    cloud.clock.advance(40)
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelPackageStatus"] == "Completed"


def test_a_version_waits_for_approval_until_somebody_decides(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, ModelPackageDescription="AWQ")
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["ModelPackageDescription"] == "AWQ"
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Approved"


def test_groups_have_tags_and_their_versions_have_none(sagemaker: Any, group: str) -> None:
    tags = [{"Key": "team", "Value": "ml"}]
    refused = refusal(sagemaker.create_model_package, ModelPackageGroupName=group, Tags=tags)
    assert refused["Message"] == (
        "Tags are not supported in Model Package versions. Please add them to the Model Package Group"
    )
    arn = sagemaker.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=tags)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags


def test_a_caller_needs_the_permissions_to_read_what_is_registered(
    cloud: LocalCloud, sagemaker: Any, group: str
) -> None:
    cloud.client("s3").create_bucket(Bucket="artifacts")
    image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/lmi:1"
    source = {"S3Uri": "s3://artifacts/llama/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    specification = {"Containers": [{"Image": image, "ModelDataSource": {"S3DataSource": source}}]}
    allowed = {
        "arn:aws:sagemaker:us-east-1:123456789012:model-package*": ["sagemaker:*"],
        "arn:aws:ecr:us-east-1:111122223333:repository/lmi": ["ecr:BatchGetImage", "ecr:DescribeImages"],
        "arn:aws:s3:::artifacts": ["s3:GetBucketLocation", "s3:ListBucket"],
        "arn:aws:s3:::artifacts/llama/*": ["s3:GetObject"],
    }
    for missing in [*list(allowed)[1:], ""]:
        client = _as_role(cloud, {arn: actions for arn, actions in allowed.items() if arn != missing})
        members = {"ModelPackageGroupName": group, "InferenceSpecification": specification}
        if missing:
            refused = refusal(client.create_model_package, **members)
            assert "because no identity-based policy allows" in refused["Message"]
        else:
            client.create_model_package(**members)
    assert numbers(cloud) == [1]


def _as_role(cloud: LocalCloud, allowed: dict[str, list[str]]) -> Any:
    """A client of SageMaker with the permissions of a role."""
    iam, name = cloud.client("iam"), f"role-{len(cloud.client('iam').list_roles()['Roles'])}"
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    statements = [{"Effect": "Allow", "Action": actions, "Resource": arn} for arn, actions in allowed.items()]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return cloud.client("sagemaker", role_arn=role["Arn"])


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
        (
            "create_model_package",
            {"ModelPackageGroupName": "other"},
            "Model Package Group other does not exist.",
        ),
        ("create_model_package", {"ModelPackageName": "one"}, "versions of groups only"),
        ("describe_model_package", {"ModelPackageName": "one"}, "ModelPackage one does not exist."),
        ("describe_model_package_group", {"ModelPackageGroupName": "other"}, "does not exist."),
    ],
)
def test_what_the_registry_refuses(
    sagemaker: Any, group: str, operation: str, members: dict[str, Any], message: str
) -> None:
    refused = refusal(getattr(sagemaker, operation), **members)
    assert refused["Code"] == "ValidationException"
    assert message in refused["Message"]
