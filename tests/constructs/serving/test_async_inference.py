"""Endpoints that are invoked with files and respond with files."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import botocore.loaders
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.serving import async_inference
from tests.constructs.serving.endpoint_support import CONFIG, make_endpoint, make_model
from tests.constructs.support import allowed, properties_of, resources_of, statements_of, template_of

Async = optimization.AsyncInference


def _async(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties_of(template, CONFIG)["AsyncInferenceConfig"]
    return found


def test_responses_go_to_the_bucket(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inference")
    make_endpoint(stack, asynchronous=Async.to_bucket(bucket, "responses/"))
    assert _async(template_of(stack)) == {"OutputConfig": {"S3OutputPath": "s3://inference/responses/"}}


def test_everything_can_be_chosen_and_is_granted(stack: cdk.Stack) -> None:
    bucket, key = s3.Bucket(stack, "Bucket"), kms.Key(stack, "Key")
    success, error = sns.Topic(stack, "Success"), sns.Topic(stack, "Error", master_key=kms.Key(stack, "Of"))
    asynchronous = Async.to_bucket(
        bucket,
        "responses/",
        failure_prefix="errors/",
        encryption_key=key,
        success_topic=success,
        error_topic=error,
        response_in_notification=True,
        max_concurrent_invocations=4,
    )
    make_endpoint(stack, model=make_model(stack), asynchronous=asynchronous)
    template = template_of(stack)
    config = _async(template)
    assert config["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 4}
    output = config["OutputConfig"]
    assert output["KmsKeyId"] == {"Fn::GetAtt": ["Key961B73FD", "Arn"]}
    assert stack.resolve(output["S3FailurePath"])["Fn::Join"][1][-1] == "/errors/"
    notifications = output["NotificationConfig"]
    topics = [notifications[f"{name}Topic"]["Ref"] for name in ("Success", "Error")]
    assert [name.rstrip("0123456789ABCDEF") for name in topics] == ["Success", "Error"]
    assert notifications["IncludeInferenceResponseIn"] == [
        "SUCCESS_NOTIFICATION_TOPIC",
        "ERROR_NOTIFICATION_TOPIC",
    ]
    statements = statements_of(template, "ModelRole")
    assert allowed(statements, "s3:PutObject") == [
        "${Bucket83908E77.Arn}/responses/*",
        "${Bucket83908E77.Arn}/errors/*",
    ]
    assert allowed(statements, "sns:Publish") == [f"${{{name}}}" for name in topics]
    # SageMaker looks for the permission to publish before it makes the endpoint.
    (config_resource,) = resources_of(template, CONFIG).values()
    assert any("ModelRoleDefaultPolicy" in name for name in config_resource["DependsOn"])
    keys = allowed(statements, "kms:GenerateDataKey")
    assert [re.match(r"\$\{[A-Z][a-z]+", name)[0] for name in keys] == ["${Key", "${Of"]  # type: ignore[index]


def test_the_messages_of_one_topic_can_hold_the_response(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inference")
    topic = sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:us-east-1:111122223333:errors")
    make_endpoint(
        stack,
        asynchronous=Async.to_bucket(bucket, error_topic=topic, response_in_notification=True),
    )
    assert _async(template_of(stack))["OutputConfig"]["NotificationConfig"] == {
        "ErrorTopic": "arn:aws:sns:us-east-1:111122223333:errors",
        "IncludeInferenceResponseIn": ["ERROR_NOTIFICATION_TOPIC"],
    }


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("alias/aws/sns", []),
        ("arn:aws:kms:us-east-1:111122223333:key/1", ["arn:aws:kms:us-east-1:111122223333:key/1"]),
        ("11112222-3333", ["arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/11112222-3333"]),
    ],
)
def test_the_key_of_a_topic_may_be_given_in_other_ways(
    stack: cdk.Stack, key: str, expected: list[str]
) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inference")
    topic = sns.Topic(stack, "Topic")
    resource = topic.node.default_child
    assert isinstance(resource, sns.CfnTopic)
    resource.kms_master_key_id = key
    make_endpoint(stack, model=make_model(stack), asynchronous=Async.to_bucket(bucket, success_topic=topic))
    assert allowed(statements_of(template_of(stack), "ModelRole"), "kms:GenerateDataKey") == expected


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"bucket": "inference"}, "bucket must be a bucket"),
        ({"encryption_key": "alias/key"}, "encryption_key must be a key"),
        ({"success_topic": "arn:aws:sns:x"}, "success_topic must be a topic, such as"),
        ({"error_topic": "arn:aws:sns:x"}, "error_topic must be a topic, such as"),
        ({"response_in_notification": "no"}, "response_in_notification must be True or False"),
        ({"response_in_notification": True}, "response_in_notification needs a topic, got none"),
        (
            {"max_concurrent_invocations": 1001},
            "max_concurrent_invocations must be a whole number from 1 to 1000, got 1001",
        ),
        (
            {"max_concurrent_invocations": 0},
            "max_concurrent_invocations must be a whole number from 1 to 1000, got 0",
        ),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(stack: cdk.Stack, props: dict[str, Any], message: str) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inference")
    with pytest.raises(ValueError, match=f"^{message}"):
        Async.to_bucket(**{"bucket": bucket, **props})


def test_the_limits_are_those_of_the_api() -> None:
    shapes = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")["shapes"]
    assert shapes["MaxConcurrentInvocationsPerInstance"]["max"] == async_inference.MOST_CONCURRENT
    topics = shapes["AsyncNotificationTopicTypes"]["enum"]
    assert set(topics) == {"SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"}
