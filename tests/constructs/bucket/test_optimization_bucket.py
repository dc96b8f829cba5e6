"""The bucket for models, and that each of its defaults can be overridden."""

from __future__ import annotations

import inspect
import re
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


@pytest.mark.newest_cdk  # an older one has fewer
def test_every_prop_of_a_bucket_can_be_given() -> None:
    ours, theirs = (
        set(inspect.signature(cls.__init__).parameters) for cls in (OptimizationBucket, s3.Bucket)
    )
    assert ours == theirs


def test_every_prop_is_described_once() -> None:
    text = inspect.getdoc(OptimizationBucket.__init__) or ""
    described = re.findall(r"^    (\w+): ", text, re.MULTILINE)
    assert sorted(described) == sorted(
        set(inspect.signature(OptimizationBucket.__init__).parameters) - {"self"}
    )


class _Reached(Exception):
    """The CDK's own constructor was called with these props."""

    def __init__(self, props: dict[str, Any]) -> None:
        super().__init__()
        self.props = props


def _reach(self: object, scope: object, id: str, **props: Any) -> None:
    raise _Reached(props)


def test_every_prop_that_is_given_reaches_the_bucket(
    stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3.Bucket, "__init__", _reach)
    props = list(inspect.signature(OptimizationBucket.__init__).parameters)[3:]
    given: dict[str, Any] = {prop: f"my {prop}" for prop in props}
    with pytest.raises(_Reached) as reached:
        OptimizationBucket(stack, "Bucket", **given)
    assert reached.value.props == given


def test_a_prop_that_the_oldest_cdk_does_not_know_is_left_out_unless_it_is_given(
    stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3.Bucket, "__init__", _reach)
    with pytest.raises(_Reached) as reached:
        OptimizationBucket(stack, "Bucket")
    newer = {"abac_status", "blocked_encryption_types", "bucket_name_prefix", "bucket_namespace"}
    newer |= {"replication_role", "replication_rules"}
    assert newer & set(reached.value.props) == set()
