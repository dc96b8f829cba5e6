"""Places in S3 that are no prefix of a plain bucket, and letters that IAM accepts in no policy."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3express as s3express

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import (
    allowed,
    as_list,
    flat,
    make_job,
    properties_of,
    statements_of,
    template_of,
    warnings_of,
)

_ACCESS_POINT = "arn:aws:s3:us-east-1:111122223333:accesspoint/models-ap"
_ALIAS = "models-ap-w3xk7bx6r1wzyk8m9xzq9k5qiwz7husw2b-s3alias"
_DIRECTORY = "models--use1-az4--x-s3"


def _reading(stack: cdk.Stack, source: optimization.ModelSource) -> list[dict[str, Any]]:
    """The statements about S3 of a job's role, without those for its output."""
    make_job(stack, model_source=source)
    return [
        item
        for item in statements_of(template_of(stack), "JobRole")
        if "s3" in str(item["Action"]) and ":::artifacts" not in flat(as_list(item["Resource"])[0])
    ]


@pytest.mark.parametrize(
    "uri",
    [
        f"s3://{_ACCESS_POINT}/llama/",
        "https://models-ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com/llama/",
        "https://models-ap-111122223333.s3-accesspoint.dualstack.us-east-1.amazonaws.com/llama/",
    ],
)
def test_an_access_point_is_granted_by_its_arn(stack: cdk.Stack, uri: str) -> None:
    statements = _reading(stack, optimization.ModelSource.from_s3_uri(uri))
    (listed,) = allowed(statements, "s3:ListBucket")
    (read,) = allowed(statements, "s3:GetObject")
    point = r"arn:(aws|\$\{AWS::Partition\}):s3:us-east-1:111122223333:accesspoint/models-ap"
    assert re.fullmatch(point, listed)
    assert re.fullmatch(rf"{point}/object/llama/\*", read)


def test_the_bucket_behind_an_access_point_is_a_warning(stack: cdk.Stack) -> None:
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri(f"s3://{_ACCESS_POINT}/llama/"))
    (warning,) = warnings_of(stack)
    assert "is behind an access point, whose bucket is not known" in warning
    assert "s3:GetBucketLocation, s3:ListBucket, s3:GetObject" in warning
    assert "cdk-sagemaker-optimization:accessPoint" in warning


def test_a_bucket_that_was_imported_by_the_arn_of_an_access_point_is_one(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_arn(stack, "Bucket", _ACCESS_POINT)
    statements = _reading(stack, optimization.ModelSource.from_bucket(bucket, "llama/"))
    assert allowed(statements, "s3:GetObject") == [f"{_ACCESS_POINT}/object/llama/*"]


def test_the_job_gets_the_access_point_as_its_uri(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_arn(stack, "Bucket", _ACCESS_POINT)
    make_job(stack, model_source=optimization.ModelSource.from_bucket(bucket, "llama/"))
    uri = properties_of(template_of(stack))["ModelSource"]["S3"]["S3Uri"]
    assert uri == f"s3://{_ACCESS_POINT}/llama/"


@pytest.mark.parametrize("attribute", ["attr_arn", "attr_alias"])
def test_an_access_point_of_the_app_is_granted_by_its_arn(stack: cdk.Stack, attribute: str) -> None:
    point = s3.CfnAccessPoint(stack, "Point", bucket="models")
    uri = f"s3://{getattr(point, attribute)}/llama/"
    statements = _reading(stack, optimization.ModelSource.from_s3_uri(uri))
    assert allowed(statements, "s3:ListBucket") == ["${Point.Arn}"]
    assert allowed(statements, "s3:GetObject") == ["${Point.Arn}/object/llama/*"]


@pytest.mark.parametrize("name", [_ALIAS, "models-ap-1x2y3z--ol-s3", "models--use1-az4--xa-s3"])
@pytest.mark.parametrize("imported", [False, True])
def test_the_alias_of_an_access_point_is_a_warning(stack: cdk.Stack, name: str, imported: bool) -> None:
    source = (
        optimization.ModelSource.from_bucket(s3.Bucket.from_bucket_name(stack, "Bucket", name), "llama/")
        if imported
        else optimization.ModelSource.from_s3_uri(f"s3://{name}/llama/")
    )
    make_job(stack, model_source=source)
    (warning,) = warnings_of(stack)
    assert "is an alias of an access point, which no policy can name" in warning
    assert "give the ARN of the access point" in warning
    assert name not in str(statements_of(template_of(stack), "JobRole"))


def test_an_output_behind_the_alias_of_an_access_point_is_granted_by_hand(stack: cdk.Stack) -> None:
    job = make_job(stack, output=optimization.OptimizationOutput.to_s3_uri(f"s3://{_ALIAS}/awq/"))
    reader = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    with pytest.raises(ValueError, match="the output bucket of Stack/Job is unknown"):
        job.grants.read_output(reader)


@pytest.mark.parametrize("imported", [False, True])
def test_a_directory_bucket_is_used_in_sessions(stack: cdk.Stack, imported: bool) -> None:
    source = (
        optimization.ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(stack, "Bucket", _DIRECTORY), "llama/"
        )
        if imported
        else optimization.ModelSource.from_s3_uri(f"s3://{_DIRECTORY}/llama/")
    )
    statements = _reading(stack, source)
    assert [(item["Action"], flat(item["Resource"])) for item in statements] == [
        (
            "s3express:CreateSession",
            "arn:${AWS::Partition}:s3express:${AWS::Region}:${AWS::AccountId}:bucket/" + _DIRECTORY,
        )
    ]


def test_a_directory_bucket_of_the_app_is_used_in_sessions(stack: cdk.Stack) -> None:
    bucket = s3express.CfnDirectoryBucket(
        stack, "Bucket", data_redundancy="SingleAvailabilityZone", location_name="use1-az4"
    )
    statements = _reading(stack, optimization.ModelSource.from_s3_uri(f"s3://{bucket.ref}/llama/"))
    (arn,) = allowed(statements, "s3express:CreateSession")
    assert arn.endswith(":bucket/${Bucket}")


def test_a_directory_bucket_that_was_imported_by_its_arn_is_used_in_sessions(stack: cdk.Stack) -> None:
    arn = f"arn:aws:s3express:us-west-2:111122223333:bucket/{_DIRECTORY}"
    bucket = s3.Bucket.from_bucket_arn(stack, "Bucket", arn)
    statements = _reading(stack, optimization.ModelSource.from_bucket(bucket, "llama/"))
    assert [(item["Action"], item["Resource"]) for item in statements] == [("s3express:CreateSession", arn)]
    uri = properties_of(template_of(stack))["ModelSource"]["S3"]["S3Uri"]
    assert uri == f"s3://{_DIRECTORY}/llama/"


def test_a_directory_bucket_may_be_in_another_account_and_region(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Bucket", bucket_name=_DIRECTORY, region="us-west-2", account="999999999999"
    )
    statements = _reading(stack, optimization.ModelSource.from_bucket(bucket, "llama/"))
    assert allowed(statements, "s3express:CreateSession") == [
        "arn:${AWS::Partition}:s3express:us-west-2:999999999999:bucket/" + _DIRECTORY
    ]


@pytest.mark.parametrize("attribute", ["ref", "attr_arn"])
def test_a_directory_bucket_of_the_app_may_be_given_as_a_bucket(stack: cdk.Stack, attribute: str) -> None:
    resource = s3express.CfnDirectoryBucket(
        stack, "Resource", data_redundancy="SingleAvailabilityZone", location_name="use1-az4"
    )
    bucket = (
        s3.Bucket.from_bucket_name(stack, "Bucket", resource.ref)
        if attribute == "ref"
        else s3.Bucket.from_bucket_arn(stack, "Bucket", resource.attr_arn)
    )
    statements = _reading(stack, optimization.ModelSource.from_bucket(bucket, "llama/"))
    (arn,) = allowed(statements, "s3express:CreateSession")
    assert arn.endswith(":bucket/${Resource}")
    uri = properties_of(template_of(stack))["ModelSource"]["S3"]["S3Uri"]
    assert flat(uri) == "s3://${Resource}/llama/"


@pytest.mark.parametrize("attribute", ["Arn", "Alias"])
def test_an_access_point_of_the_app_may_be_given_as_a_bucket(stack: cdk.Stack, attribute: str) -> None:
    point = s3.CfnAccessPoint(stack, "Point", bucket="models")
    bucket = (
        s3.Bucket.from_bucket_arn(stack, "Bucket", point.attr_arn)
        if attribute == "Arn"
        else s3.Bucket.from_bucket_name(stack, "Bucket", point.attr_alias)
    )
    statements = _reading(stack, optimization.ModelSource.from_bucket(bucket, "llama/"))
    assert allowed(statements, "s3:ListBucket") == ["${Point.Arn}"]
    assert allowed(statements, "s3:GetObject") == ["${Point.Arn}/object/llama/*"]
    uri = properties_of(template_of(stack))["ModelSource"]["S3"]["S3Uri"]
    assert flat(uri) == f"s3://${{Point.{attribute}}}/llama/"


def test_the_arn_of_a_bucket_is_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"the name of the bucket, not its ARN.*: give s3://models/prefix/"):
        optimization.ModelSource.from_s3_uri("s3://arn:aws:s3:::models/llama/")


def test_an_arn_of_something_else_is_a_warning(stack: cdk.Stack) -> None:
    uri = "s3://arn:aws:s3-outposts:us-east-1:111122223333:outpost/op-1/accesspoint/ap/llama/"
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri(uri))
    (warning,) = warnings_of(stack)
    assert "cannot be told from it" in warning


@pytest.mark.parametrize(
    "host",
    [
        "bucket.vpce-0a1b2c3d-4e5f.s3.us-east-1.vpce.amazonaws.com/models",
        "models-ap-111122223333.accesspoint.vpce-0a1b2c3d-4e5f.s3.us-east-1.vpce.amazonaws.com",
        "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
        "models-ap-111122223333.s3-accesspoint-fips.us-east-1.amazonaws.com",
    ],
)
def test_a_host_that_begins_with_no_bucket_is_a_warning(stack: cdk.Stack, host: str) -> None:
    statements = _reading(stack, optimization.ModelSource.from_s3_uri(f"https://{host}/llama/"))
    assert statements == []
    (warning,) = warnings_of(stack)
    assert "cannot be told from it" in warning


@pytest.mark.parametrize("region", ["us-east-1", "dualstack.us-east-1"])
def test_a_bucket_in_a_host_may_have_s3_in_its_name(stack: cdk.Stack, region: str) -> None:
    uri = f"https://my.s3.bucket.s3.{region}.amazonaws.com/llama/"
    statements = _reading(stack, optimization.ModelSource.from_s3_uri(uri))
    (read,) = allowed(statements, "s3:GetObject")
    assert read.endswith(":s3:::my.s3.bucket/llama/*")


_LETTERS_OF_A_POLICY = re.compile(r"[\u0009\u000A\u000D\u0020-\u00FF]+")


@pytest.mark.parametrize(
    ("prefix", "granted"),
    [
        ("模型/llama/", "*/llama/*"),
        ("llama/Модель 8b/", "llama/* 8b/*"),
        ("modèle/", "modèle/*"),
        ("model🚀*/", "model*${*}/*"),
        ("mode\u0301le/", "mode*le/*"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_letters_that_iam_takes_in_no_policy_are_a_wildcard(
    stack: cdk.Stack, prefix: str, granted: str, strict: bool
) -> None:
    make_job(
        stack,
        role=optimization.OptimizationRole(stack, "JobRole", strict=strict),
        model_source=optimization.ModelSource.from_s3_uri(f"s3://models/{prefix}"),
    )
    template = template_of(stack)
    statements = statements_of(template, "JobRole")
    assert f"arn:${{AWS::Partition}}:s3:::models/{granted}" in allowed(statements, "s3:GetObject")
    texts = [text for item in statements for text in _texts(item)]
    assert all(_LETTERS_OF_A_POLICY.fullmatch(text) for text in texts)
    # The job itself gets the prefix as it is.
    assert properties_of(template)["ModelSource"]["S3"]["S3Uri"] == f"s3://models/{prefix}"


def test_a_prefix_that_is_granted_with_more_than_itself_is_a_warning(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "models")
    make_job(stack, model_source=optimization.ModelSource.from_bucket(bucket, "模型/"))
    (warning,) = warnings_of(stack)
    assert "'s3://models/模型/' has letters that IAM accepts in no policy" in warning
    assert "s3:GetObject below '*/'" in warning


def test_a_prefix_of_latin_letters_is_no_warning(stack: cdk.Stack) -> None:
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri("s3://models/modèle ß/"))
    assert warnings_of(stack) == []


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    items = value.values() if isinstance(value, dict) else value
    return [text for item in items for text in _texts(item)]
