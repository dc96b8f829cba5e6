"""The bucket for models, and that each of its defaults can be overridden."""

from __future__ import annotations

import inspect
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import OptimizationBucket
from tests.constructs.support import resources_of, template_of


def _bucket(stack: cdk.Stack, **props: Any) -> dict[str, Any]:
    OptimizationBucket(stack, "Bucket", **props)
    (bucket,) = resources_of(template_of(stack), "AWS::S3::Bucket").values()
    return bucket


def test_the_bucket_keeps_models_safe(stack: cdk.Stack) -> None:
    assert _bucket(stack) == {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "RemoveUnfinishedUploads",
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
        },
        "UpdateReplacePolicy": "Retain",
        "DeletionPolicy": "Retain",
    }


def test_requests_without_tls_are_refused(stack: cdk.Stack) -> None:
    OptimizationBucket(stack, "Bucket")
    (policy,) = resources_of(template_of(stack), "AWS::S3::BucketPolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("props", "member", "expected"),
    [
        ({"versioned": False}, "VersioningConfiguration", None),
        (
            {"lifecycle_rules": [s3.LifecycleRule(id="mine", expiration=cdk.Duration.days(1))]},
            "LifecycleConfiguration",
            {"Rules": [{"Id": "mine", "Status": "Enabled", "ExpirationInDays": 1}]},
        ),
        ({"lifecycle_rules": []}, "LifecycleConfiguration", None),
        ({"bucket_name": "mine"}, "BucketName", "mine"),
        (
            {"encryption": s3.BucketEncryption.KMS_MANAGED},
            "BucketEncryption",
            {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                ]
            },
        ),
        (
            {"block_public_access": s3.BlockPublicAccess(block_public_acls=False)},
            "PublicAccessBlockConfiguration",
            {"BlockPublicAcls": False},
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_default_can_be_overridden(
    stack: cdk.Stack, props: dict[str, Any], member: str, expected: Any
) -> None:
    assert _bucket(stack, **props)["Properties"].get(member) == expected


def test_the_bucket_may_go_with_the_stack(stack: cdk.Stack) -> None:
    assert _bucket(stack, removal_policy=cdk.RemovalPolicy.DESTROY)["DeletionPolicy"] == "Delete"


def test_the_bucket_may_allow_requests_without_tls(stack: cdk.Stack) -> None:
    OptimizationBucket(stack, "Bucket", enforce_ssl=False)
    assert resources_of(template_of(stack), "AWS::S3::BucketPolicy") == {}


def test_a_key_encrypts_the_bucket(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    (rule,) = _bucket(stack, encryption_key=key)["Properties"]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_every_prop_of_a_bucket_can_be_given() -> None:
    ours, theirs = (
        set(inspect.signature(cls.__init__).parameters) for cls in (OptimizationBucket, s3.Bucket)
    )
    assert ours == theirs
