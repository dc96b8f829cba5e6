"""A reader of another account is let in by the bucket and the key, or a warning says what to do."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.provider.names import name_prefix
from tests.constructs.support import (
    JOB,
    allowed,
    as_list,
    flat,
    make_job,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

_HERE = cdk.Environment(account="111111111111", region="us-east-1")
_THERE = cdk.Environment(account="222222222222", region="us-east-1")
_ROLE = "arn:${AWS::Partition}:iam::222222222222:role/serving"


@pytest.fixture
def here(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Here", env=_HERE)


@pytest.fixture
def there(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "There", env=_THERE)


def _serving(stack: cdk.Stack) -> iam.Role:
    service = iam.ServicePrincipal("sagemaker.amazonaws.com")
    return iam.Role(stack, "Serving", role_name="serving", assumed_by=service)


def _job(stack: cdk.Stack, bucket: s3.IBucket, **props: Any) -> optimization.OptimizationJob:
    output = optimization.OptimizationOutput.to_bucket(bucket, "awq/", **props)
    return make_job(stack, output=output)


def _bucket_policy(template: dict[str, Any]) -> list[tuple[str, Any, Any, Any]]:
    """What a bucket's policy allows: actions, resource, principal and condition."""
    (policy,) = resources_of(template, "AWS::S3::BucketPolicy").values()
    return [
        (item["Action"], flat(item["Resource"]), _principal(item["Principal"]), item.get("Condition"))
        for item in policy["Properties"]["PolicyDocument"]["Statement"]
        if item["Effect"] == "Allow"
    ]


def _principal(principal: dict[str, Any]) -> str:
    ((_, name),) = principal.items()
    return flat(name)


@pytest.mark.parametrize("kind", [optimization.OptimizationBucket, s3.Bucket])
def test_the_bucket_lets_a_role_of_another_account_in(here: cdk.Stack, there: cdk.Stack, kind: Any) -> None:
    job = _job(here, kind(here, "Artifacts", bucket_name="artifacts-of-here"))
    assert job.grants.read_output(_serving(there)).success
    template = template_of(here)
    (bucket,) = resources_of(template, "AWS::S3::Bucket")
    folder = f"awq/{name_prefix(job)}-*"
    below = {"StringLike": {"s3:prefix": [folder, f"{folder}/*"]}}
    assert _bucket_policy(template) == [
        ("s3:ListBucket", f"${{{bucket}.Arn}}", _ROLE, below),
        ("s3:GetObject", f"${{{bucket}.Arn}}/{folder}/*", _ROLE, None),
    ]
    own = statements_of(template_of(there), "Serving")
    assert [flat(item["Resource"]) for item in own] == [
        "arn:${AWS::Partition}:s3:::artifacts-of-here",
        f"arn:${{AWS::Partition}}:s3:::artifacts-of-here/{folder}/*",
    ]
    assert warnings_of(here) == warnings_of(there) == []


def test_it_opens_what_the_grant_of_the_bucket_itself_opens_but_for_other_prefixes(
    here: cdk.Stack, there: cdk.Stack
) -> None:
    ours, theirs = (
        s3.Bucket(here, name, bucket_name=f"{name.lower()}-bucket") for name in ("Ours", "Theirs")
    )
    role = _serving(there)
    theirs.grant_read(role, "awq/*")
    _job(here, ours).grants.read_output(role)
    policies = resources_of(template_of(here), "AWS::S3::BucketPolicy")
    principals = [
        {_principal(item["Principal"]) for item in policy["Properties"]["PolicyDocument"]["Statement"]}
        for policy in policies.values()
    ]
    assert principals == [{_ROLE}, {_ROLE}]


def test_the_key_lets_a_role_of_another_account_in(here: cdk.Stack, there: cdk.Stack) -> None:
    key = kms.Key(here, "Key", alias="models")
    bucket = optimization.OptimizationBucket(here, "Artifacts", bucket_name="artifacts", encryption_key=key)
    assert _job(here, bucket).grants.read_output(_serving(there)).success
    (policy,) = resources_of(template_of(here), "AWS::KMS::Key").values()
    decrypting = [
        _principal(item["Principal"])
        for item in policy["Properties"]["KeyPolicy"]["Statement"]
        if "kms:Decrypt" in as_list(item["Action"])
    ]
    assert decrypting == [_ROLE]


@pytest.mark.parametrize(
    "principal", [iam.AccountPrincipal("333333333333"), iam.ArnPrincipal("arn:aws:iam::333333333333:role/x")]
)
def test_a_principal_without_policies_is_let_in_by_the_bucket_alone(
    here: cdk.Stack, principal: iam.IPrincipal
) -> None:
    job = _job(here, s3.Bucket(here, "Artifacts"))
    assert job.grants.read_output(principal).success
    opened = _bucket_policy(template_of(here))
    assert [action for action, *_ in opened] == ["s3:ListBucket", "s3:GetObject"]
    assert all("333333333333" in name for _, _, name, _ in opened)


def test_a_bucket_of_another_stack_needs_nothing_of_the_job_for_it(app: cdk.App, there: cdk.Stack) -> None:
    data, jobs = (cdk.Stack(app, name, env=_HERE) for name in ("Data", "Jobs"))
    job = _job(jobs, s3.Bucket(data, "Artifacts", bucket_name="artifacts-of-data"))
    assert job.grants.read_output(_serving(there)).success
    app.synth()
    assert len(_bucket_policy(template_of(data))) == 2


def test_a_role_of_the_same_account_is_not_named_by_the_bucket(here: cdk.Stack) -> None:
    job = _job(here, s3.Bucket(here, "Artifacts"))
    assert job.grants.read_output(_serving(here)).success
    template = template_of(here)
    assert resources_of(template, "AWS::S3::BucketPolicy") == {}
    # Its own policy names the one job.
    (job_id,) = resources_of(template, JOB)
    (read,) = allowed(statements_of(template, "Serving"), "s3:GetObject")
    assert read.endswith(f"/awq/${{{job_id}}}/*")


@pytest.mark.parametrize("by_uri", [False, True])
def test_a_bucket_that_was_imported_is_a_warning_and_no_success(
    here: cdk.Stack, there: cdk.Stack, by_uri: bool
) -> None:
    output = (
        optimization.OptimizationOutput.to_s3_uri("s3://artifacts/awq/")
        if by_uri
        else optimization.OptimizationOutput.to_bucket(
            s3.Bucket.from_bucket_name(here, "Artifacts", "artifacts"), "awq/"
        )
    )
    job = make_job(here, output=output)
    assert not job.grants.read_output(_serving(there)).success
    (warning,) = warnings_of(here)
    assert "cannot all be changed from here" in warning
    assert "make sure that they let There/Serving do: s3:ListBucket" in warning
    assert "s3:ListBucket on arn:<AWS::Partition>:s3:::artifacts;" in warning
    assert f"s3:GetObject on arn:<AWS::Partition>:s3:::artifacts/awq/{name_prefix(job)}-*/*" in warning
    assert "cdk-sagemaker-optimization:outputNotOpened" in warning
    # What the role's own policy must allow is there.
    assert len(statements_of(template_of(there), "Serving")) == 2


@pytest.mark.parametrize("alias", [False, True])
def test_a_key_that_was_imported_is_a_warning_and_no_success(
    here: cdk.Stack, there: cdk.Stack, alias: bool
) -> None:
    arn = "arn:aws:kms:us-east-1:111111111111:key/1234"
    key = (
        kms.Alias.from_alias_name(here, "Key", "alias/models")
        if alias
        else kms.Key.from_key_arn(here, "Key", arn)
    )
    job = _job(here, s3.Bucket(here, "Artifacts", bucket_name="artifacts"), encryption_key=key)
    assert not job.grants.read_output(_serving(there)).success
    (warning,) = warnings_of(here)
    assert "kms:Decrypt on" in warning
    assert "s3:" not in warning.partition("do: ")[2]


def test_an_account_that_is_not_known_is_no_warning(stack: cdk.Stack) -> None:
    job = make_job(stack)
    role = iam.Role.from_role_arn(stack, "Serving", "arn:aws:iam::222222222222:role/serving")
    assert job.grants.read_output(role).success
    assert warnings_of(stack) == []


def test_a_job_that_was_imported_says_what_its_owner_must_allow(here: cdk.Stack, there: cdk.Stack) -> None:
    job = optimization.OptimizationJob.from_optimization_job_attributes(
        here,
        "Imported",
        optimization_job_arn="arn:aws:sagemaker:us-east-1:111111111111:optimization-job/awq-1",
        output_location="s3://artifacts/awq/awq-1/",
    )
    assert not job.grants.read_output(_serving(there)).success
    assert len(warnings_of(here)) == 1


def test_a_group_reads_by_its_own_policy(stack: cdk.Stack) -> None:
    # IAM takes no group as a principal.
    assert make_job(stack).grants.read_output(iam.Group(stack, "Group")).success
    assert warnings_of(stack) == []


def test_a_service_cannot_be_let_into_a_bucket_that_was_imported(stack: cdk.Stack) -> None:
    service = iam.ServicePrincipal("sagemaker.amazonaws.com")
    assert not make_job(stack).grants.read_output(service).success
    (warning,) = warnings_of(stack)
    assert "make sure that they let <sagemaker.amazonaws.com> do: s3:ListBucket on" in warning
