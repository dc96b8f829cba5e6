"""The bucket for models, and that each of its defaults can be overridden."""

from __future__ import annotations

import inspect
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import OptimizationBucket
from cdk_sagemaker_optimization.bucket.bucket_props import BucketProps
from tests.constructs.support import new_app, resources_of, template_of


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


def _own_props() -> set[str]:
    """The props with another default than the CDK's."""
    return set(inspect.signature(OptimizationBucket.__init__).parameters) - {"self", "scope", "id", "props"}


@pytest.mark.newest_cdk  # an older one has fewer
def test_every_prop_of_a_bucket_can_be_given() -> None:
    theirs = set(inspect.signature(s3.Bucket.__init__).parameters) - {"self", "scope", "id"}
    passed_on = set(BucketProps.__annotations__)
    assert _own_props() | passed_on == theirs
    assert _own_props() & passed_on == set()


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
    given: dict[str, Any] = {prop: f"my {prop}" for prop in (*_own_props(), *BucketProps.__annotations__)}
    with pytest.raises(_Reached) as reached:
        OptimizationBucket(stack, "Bucket", **given)
    assert reached.value.props == given


def test_a_prop_that_does_not_exist_is_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'versionned'"):
        OptimizationBucket(stack, "Bucket", versionned=True)  # type: ignore[call-arg]  # the mistake


def test_a_prop_that_the_oldest_cdk_does_not_know_is_left_out_unless_it_is_given(
    stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3.Bucket, "__init__", _reach)
    with pytest.raises(_Reached) as reached:
        OptimizationBucket(stack, "Bucket")
    assert set(reached.value.props) == _own_props() - {"replication_role"}


@pytest.mark.parametrize(
    "prop", ["enforce_ssl", "versioned", "removal_policy", "encryption", "block_public_access"]
)
def test_none_means_the_default(prop: str) -> None:
    def template(**props: Any) -> dict[str, Any]:
        stack = cdk.Stack(new_app(), "Stack")
        OptimizationBucket(stack, "Bucket", **props)
        return template_of(stack)

    assert template(**{prop: None}) == template()


@pytest.mark.newest_cdk  # an older one replicates no bucket
def test_a_replication_rule_may_be_a_mapping(stack: cdk.Stack) -> None:
    """The CDK accepts one, too."""
    copies = s3.Bucket(stack, "Copies", versioned=True)
    rules: Any = [{"destination": copies}]
    OptimizationBucket(stack, "Bucket", replication_rules=rules)

    assert "AWS::IAM::Role" in {body["Type"] for body in template_of(stack)["Resources"].values()}
