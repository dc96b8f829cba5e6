"""Requests and responses that an endpoint keeps."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.endpoint_support import CONFIG, make_endpoint, make_model
from tests.constructs.support import (
    allowed,
    properties_of,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

Capture = optimization.DataCapture


def test_all_of_both_is_kept_by_default(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "kept")
    make_endpoint(stack, data_capture=Capture.to_bucket(bucket, "captured/"))
    assert properties_of(template_of(stack), CONFIG)["DataCaptureConfig"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://kept/captured/",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json", "application/jsonlines"]},
    }


def test_less_can_be_kept(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "kept")
    make_endpoint(stack, data_capture=Capture.to_bucket(bucket, percent=5, responses=False))
    config = properties_of(template_of(stack), CONFIG)["DataCaptureConfig"]
    assert config["InitialSamplingPercentage"] == 5
    assert config["CaptureOptions"] == [{"CaptureMode": "Input"}]
    assert config["DestinationS3Uri"] == "s3://kept/"


def test_the_models_role_may_write_there_and_do_nothing_else(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    make_endpoint(stack, model=make_model(stack), data_capture=Capture.to_bucket(bucket, "captured/"))
    template = template_of(stack)
    statements = statements_of(template, "ModelRole")
    ours = [each for each in statements if "Bucket83908E77" in str(each["Resource"])]
    (statement,) = ours
    assert statement["Action"] == ["s3:AbortMultipartUpload", "s3:PutObject"]
    assert allowed(ours, "s3:PutObject") == ["${Bucket83908E77.Arn}/captured/*"]
    # SageMaker writes only after the permission is there.
    (config,) = resources_of(template, CONFIG).values()
    assert any("ModelRoleDefaultPolicy" in name for name in config["DependsOn"])


@pytest.mark.parametrize("of_the_bucket", [True, False])
def test_the_role_may_use_the_key(stack: cdk.Stack, of_the_bucket: bool) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key if of_the_bucket else None)
    capture = Capture.to_bucket(bucket, encryption_key=None if of_the_bucket else key)
    make_endpoint(stack, model=make_model(stack), data_capture=capture)
    template = template_of(stack)
    statements = statements_of(template, "ModelRole")
    assert allowed(statements, "kms:GenerateDataKey") == ["${Key961B73FD.Arn}"]
    config = properties_of(template, CONFIG)["DataCaptureConfig"]
    assert config.get("KmsKeyId") == (None if of_the_bucket else {"Fn::GetAtt": ["Key961B73FD", "Arn"]})


def test_the_bucket_may_belong_to_another_account(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111111111111", region="eu-west-1"))
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="kept", account="222222222222")
    make_endpoint(stack, data_capture=Capture.to_bucket(bucket, "captured/"))
    (warning,) = [each for each in warnings_of(stack) if "bucketNotGranted" in each]
    assert "s3:AbortMultipartUpload, s3:PutObject" in warning


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"percent": 101}, "percent must be a whole number from 0 to 100, got 101"),
        ({"percent": -1}, "percent must be a whole number from 0 to 100, got -1"),
        ({"percent": 0.5}, "percent must be a whole number from 0 to 100, got 0.5"),
        ({"encryption_key": "alias/key"}, "encryption_key must be a key"),
        ({"requests": "no"}, "requests must be True or False, got 'no'"),
        ({"requests": False, "responses": False}, "requests and responses must not both be False"),
        ({"bucket": "kept"}, "bucket must be a bucket"),
        ({"prefix": "/captured"}, "a prefix must not begin with a slash"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(stack: cdk.Stack, props: dict[str, Any], message: str) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "kept")
    with pytest.raises(ValueError, match=f"^{message}"):
        Capture.to_bucket(**{"bucket": bucket, **props})
