"""A job does everything with its execution role, and fails for what the role may not do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.services.sagemaker import Job
from tests.localcloud.services.sagemaker.requests import EAGLE, IMAGE

KEY = "arn:aws:kms:us-east-1:123456789012:key/0f9ed6a0-0000-4000-8000-000000000000"
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
OUTPUT = {"S3OutputLocation": "s3://models/out/", "KmsKeyId": KEY}


@pytest.fixture
def job_without(cloud: LocalCloud, create: Callable[..., str]) -> Callable[..., Job]:
    """Runs a job whose role may do everything but one action, and answers the job after its end."""

    def run(action: str, resource: str = "*", **members: Any) -> Job:
        deny = {"Effect": "Deny", "Action": action, "Resource": resource}
        cloud.client("iam").put_role_policy(
            RoleName="execution",
            PolicyName="deny",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
        )
        create(**members)
        cloud.clock.advance(3600)
        return cloud.optimization_jobs.job("llama-awq")

    return run


@pytest.mark.parametrize(
    ("action", "resource", "members"),
    [
        ("s3:ListBucket", "arn:aws:s3:::models", {}),
        ("s3:GetObject", "arn:aws:s3:::models/llama-3-8b/config.json", {}),
        ("ecr:GetAuthorizationToken", "*", {}),
        ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:763104351884:repository/djl-inference", {}),
        ("logs:CreateLogGroup", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/", {}),
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/", {}),
        ("cloudwatch:PutMetricData", "*", {}),
        ("ec2:DescribeSubnets", "*", {"VpcConfig": VPC}),
        (
            "ec2:CreateNetworkInterface",
            "arn:aws:ec2:us-east-1:123456789012:network-interface/",
            {"VpcConfig": VPC},
        ),
        (
            "ec2:DeleteNetworkInterface",
            "arn:aws:ec2:us-east-1:123456789012:network-interface/",
            {"VpcConfig": VPC},
        ),
    ],
)
def test_a_job_fails_as_it_begins_for_what_its_role_may_not_do(
    job_without: Callable[..., Job], action: str, resource: str, members: Mapping[str, Any]
) -> None:
    job = job_without(action, **members)
    assert job.status == "FAILED"
    assert job.ended == job.started
    assert job.reason is not None
    assert job.reason.startswith("ClientError: Failed to ")
    assert "assumed-role/execution/SageMaker is not authorized to perform: " + action in job.reason
    assert resource in job.reason


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::models/out/config.json"),
        ("kms:GenerateDataKey", KEY),
        ("kms:Decrypt", KEY),
    ],
)
def test_a_job_fails_at_its_end_if_it_may_not_write_its_model(
    cloud: LocalCloud, job_without: Callable[..., Job], action: str, resource: str
) -> None:
    job = job_without(action, OutputConfig=OUTPUT)
    assert job.status == "FAILED"
    assert job.started is not None
    assert job.ended == job.started + 25 * 60
    assert job.reason is not None
    assert job.reason.startswith("ClientError: Failed to upload the optimized model to s3://models/out/: ")
    assert f"{action} on resource: " in job.reason
    assert resource in job.reason
    assert "Contents" not in cloud.client("s3").list_objects_v2(Bucket="models")


def test_a_key_for_the_output_is_used_for_encryption(job_without: Callable[..., Job]) -> None:
    job = job_without("kms:Encrypt", KEY, OutputConfig=OUTPUT)
    assert job.reason is not None
    assert "Failed to encrypt the optimized model" in job.reason


@pytest.mark.parametrize(
    ("action", "resource"),
    [("s3:GetObject", "arn:aws:s3:::models/out/*"), ("s3:ListBucket", "arn:aws:s3:::models")],
)
@pytest.mark.parametrize(
    ("configs", "status"),
    [
        ([EAGLE], "FAILED"),
        ([{"ModelQuantizationConfig": {}}, {"ModelCompilationConfig": {}}], "FAILED"),
        ([{"ModelQuantizationConfig": {}}], "COMPLETED"),
    ],
)
def test_a_job_in_stages_reads_what_it_wrote(
    cloud: LocalCloud, create: Callable[..., str], action: str, resource: str, configs: Any, status: str
) -> None:
    condition = {"Condition": {"StringLike": {"s3:prefix": "out/*"}}} if action == "s3:ListBucket" else {}
    deny = {"Effect": "Deny", "Action": action, "Resource": resource, **condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    cloud.client("iam").put_role_policy(RoleName="execution", PolicyName="deny", PolicyDocument=document)
    create(OptimizationConfigs=configs, OutputConfig=OUTPUT)
    cloud.clock.advance(3600)
    job = cloud.optimization_jobs.job("llama-awq")
    assert job.status == status
    assert status == "COMPLETED" or "Failed to download what the stage before made" in (job.reason or "")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_job_that_is_stopped_takes_back_its_upload_if_it_may(
    cloud: LocalCloud, create: Callable[..., str], allowed: bool
) -> None:
    if not allowed:
        deny = {"Effect": "Deny", "Action": "s3:AbortMultipartUpload", "Resource": "arn:aws:s3:::models/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        cloud.client("iam").put_role_policy(RoleName="execution", PolicyName="deny", PolicyDocument=document)
    create(OutputConfig=OUTPUT)
    cloud.clock.advance(600)
    cloud.client("sagemaker").stop_optimization_job(OptimizationJobName="llama-awq")
    cloud.clock.advance(600)
    assert cloud.optimization_jobs.job("llama-awq").status == "STOPPED"
    uploads = cloud.client("s3").list_multipart_uploads(Bucket="models").get("Uploads", [])
    assert [upload["Key"] for upload in uploads] == ([] if allowed else ["out/model.safetensors"])


def test_sagemakers_own_image_is_pulled_with_the_role_as_well(job_without: Callable[..., Job]) -> None:
    job = job_without("ecr:BatchGetImage", OptimizationConfigs=[{"ModelQuantizationConfig": {}}])
    assert job.reason is not None
    assert "repository/djl-inference" in job.reason


def test_training_data_is_read_with_the_role_as_well(job_without: Callable[..., Job]) -> None:
    job = job_without("s3:GetObject", "arn:aws:s3:::models/training/*", OptimizationConfigs=[EAGLE])
    assert job.reason is not None
    assert "Failed to download training data from s3://models/training/" in job.reason


def test_a_manifest_is_one_object(job_without: Callable[..., Job]) -> None:
    source = {"S3Uri": "s3://models/training/all.manifest", "S3DataType": "ManifestFile"}
    config = {"ModelSpeculativeDecodingConfig": {"Technique": "EAGLE", "TrainingDataSource": source}}
    job = job_without(
        "s3:GetObject", "arn:aws:s3:::models/training/all.manifest", OptimizationConfigs=[config]
    )
    assert job.status == "FAILED"


@pytest.mark.parametrize("action", ["ec2:*", "kms:*"])
def test_a_job_needs_no_more_than_it_uses(job_without: Callable[..., Job], action: str) -> None:
    assert job_without(action).status == "COMPLETED"


def test_an_image_that_is_not_in_ecr_is_nobodys_concern(job_without: Callable[..., Job]) -> None:
    config = {"ModelQuantizationConfig": {"Image": "quantization-image-uri"}}
    assert job_without("ecr:*", OptimizationConfigs=[config]).status == "COMPLETED"


def test_an_image_of_the_account_is_pulled_from_its_own_repository(job_without: Callable[..., Job]) -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/lmi@sha256:00"
    job = job_without(
        "ecr:BatchGetImage",
        "arn:aws:ecr:us-east-1:123456789012:repository/team/lmi",
        OptimizationConfigs=[{"ModelQuantizationConfig": {"Image": image}}],
    )
    assert job.reason is not None
    assert f"Failed to pull image {image}" in job.reason


def test_the_bucket_s_own_key_is_needed_to_read_and_to_write(
    cloud: LocalCloud, job_without: Callable[..., Job]
) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
    cloud.client("s3").put_bucket_encryption(
        Bucket="models", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    job = job_without("kms:Decrypt", KEY)
    assert job.reason is not None
    assert "Failed to download model data" in job.reason


def test_a_role_that_may_do_nothing_of_it_is_told_what_is_missing_first(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    cloud.client("iam").delete_role_policy(RoleName="execution", PolicyName="all")
    create()
    cloud.clock.advance(60)
    reason = cloud.optimization_jobs.job("llama-awq").reason
    assert reason is not None
    assert "because no identity-based policy allows the logs:CreateLogGroup action" in reason


def test_what_the_role_may_do_counts_when_it_is_done(cloud: LocalCloud, create: Callable[..., str]) -> None:
    create()
    cloud.clock.advance(3600)
    cloud.client("iam").delete_role_policy(RoleName="execution", PolicyName="all")
    assert cloud.optimization_jobs.job("llama-awq").status == "COMPLETED"
    assert IMAGE in json.dumps(cloud.optimization_jobs.job("llama-awq").request)


@pytest.mark.parametrize(("resource", "status"), [("alias", "FAILED"), ("key", "COMPLETED")])
def test_a_key_for_the_output_that_is_named_by_its_alias_is_allowed_by_its_arn(
    cloud: LocalCloud, create: Callable[..., str], resource: str, status: str
) -> None:
    kms = cloud.client("kms")
    key = str(kms.create_key()["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName="alias/models", TargetKeyId=key)
    allowed = {"key": key, "alias": "arn:aws:kms:us-east-1:123456789012:alias/models"}[resource]
    statements = [
        {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:*", "Resource": allowed},
    ]
    cloud.client("iam").put_role_policy(
        RoleName="execution",
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )

    create(OutputConfig={**OUTPUT, "KmsKeyId": "alias/models"})
    cloud.clock.advance(3600)

    assert cloud.optimization_jobs.job("llama-awq").status == status


@pytest.mark.parametrize("action", ["s3:GetBucketLocation", "s3:ListBucket"])
@pytest.mark.parametrize("bucket", ["models", "artifacts"])
def test_a_job_looks_at_its_buckets_as_a_whole(
    cloud: LocalCloud, create: Callable[..., str], action: str, bucket: str
) -> None:
    job = _job_that_may_only_below_a_prefix(cloud, create, action, bucket)
    assert job.status == "FAILED"
    assert job.reason is not None
    assert f"Failed to look at the bucket {bucket}" in job.reason
    assert f"is not authorized to perform: {action}" in job.reason


def test_a_job_may_as_well_look_at_no_bucket(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.look_at_buckets(False)
    job = _job_that_may_only_below_a_prefix(cloud, create, "s3:ListBucket", "models")
    assert job.status == "COMPLETED"


def _job_that_may_only_below_a_prefix(
    cloud: LocalCloud, create: Callable[..., str], action: str, bucket: str
) -> Job:
    """A job whose role may do an action on a bucket below a prefix only, which is all of it here."""
    deny = {
        "Effect": "Deny",
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}",
        "Condition": {"Null": {"s3:prefix": "true"}},
    }
    cloud.client("iam").put_role_policy(
        RoleName="execution",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    for name in {"models", "artifacts"} - {
        each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]
    }:
        cloud.client("s3").create_bucket(Bucket=name)
    create(OutputConfig={"S3OutputLocation": "s3://artifacts/out/"})
    cloud.clock.advance(3600)
    return cloud.optimization_jobs.job("llama-awq")
