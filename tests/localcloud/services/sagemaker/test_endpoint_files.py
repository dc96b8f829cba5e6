"""An endpoint captures requests, and an asynchronous one reads and writes files, with its model's role."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.served import Served
from tests.localcloud.services.sagemaker.test_models import deny

_KEY = "arn:aws:kms:us-east-1:123456789012:key/0f9ed6a0-0000-4000-8000-000000000000"


@pytest.fixture
def served(cloud: LocalCloud) -> Served:
    return Served(cloud)


def keys(served: Served, prefix: str) -> list[str]:
    found = served.cloud.client("s3").list_objects_v2(Bucket="models", Prefix=prefix)
    return [each["Key"] for each in found.get("Contents", [])]


def start(served: Served, **members: Any) -> None:
    served.model()
    served.config("first", **members)
    served.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="first")
    served.cloud.clock.advance(600)


def capturing(served: Served, share: int) -> None:
    start(
        served,
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": share,
            "DestinationS3Uri": "s3://models/captured/",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    )


def asynchronous(served: Served, **output: Any) -> None:
    start(
        served,
        AsyncInferenceConfig={
            "OutputConfig": {
                "S3OutputPath": "s3://models/out/",
                "S3FailurePath": "s3://models/failed/",
                **output,
            }
        },
    )
    served.cloud.client("s3").put_object(Bucket="models", Key="in/a.json", Body=b"{}")


def subscribed(served: Served) -> tuple[str, Callable[[], list[str]]]:
    """A topic, and what it was told."""
    sns, sqs = served.cloud.client("sns"), served.cloud.client("sqs")
    topic = str(sns.create_topic(Name="done")["TopicArn"])
    queue = sqs.create_queue(QueueName="done")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def messages() -> list[str]:
        return [each["Body"] for each in sqs.receive_message(QueueUrl=queue).get("Messages", [])]

    return topic, messages


def ask(served: Served, name: str = "a") -> dict[str, Any]:
    return dict(
        served.runtime.invoke_endpoint_async(
            EndpointName="chat", InferenceId=name, InputLocation=f"s3://models/in/{name}.json"
        )
    )


def test_requests_are_captured_by_their_share(served: Served) -> None:
    capturing(served, 50)
    for _ in range(4):
        served.invoke()
    captured = keys(served, "captured/chat/optimized/")
    assert len(captured) == 2
    body = served.cloud.client("s3").get_object(Bucket="models", Key=captured[0])["Body"].read()
    assert json.loads(body)["ModelName"] == "first"


def test_nothing_is_captured_without_the_permission_to_write(served: Served) -> None:
    capturing(served, 100)
    deny(served.cloud, "s3:PutObject", "arn:aws:s3:::models/captured/*")
    served.invoke()
    assert keys(served, "captured/") == []


def test_an_asynchronous_endpoint_writes_its_response_and_tells_a_topic(served: Served) -> None:
    topic, messages = subscribed(served)
    asynchronous(served, NotificationConfig={"SuccessTopic": topic})

    assert ask(served)["OutputLocation"] == "s3://models/out/a.out"

    body = served.cloud.client("s3").get_object(Bucket="models", Key="out/a.out")["Body"].read()
    assert json.loads(body)["Artifact"] == "s3://models/first/"
    (message,) = messages()
    assert "Completed" in message
    assert "is asynchronous" in refusal(served.invoke)["Message"]


@pytest.mark.parametrize(
    ("action", "resource", "written"),
    [
        ("s3:GetObject", "arn:aws:s3:::models/in/*", ["failed/a-error.out"]),
        ("s3:PutObject", "arn:aws:s3:::models/out/*", []),
        ("kms:GenerateDataKey", _KEY, []),
    ],
)
def test_a_response_needs_the_permissions_of_the_role(
    served: Served, action: str, resource: str, written: list[str]
) -> None:
    asynchronous(served, KmsKeyId=_KEY)
    deny(served.cloud, action, resource)
    ask(served)
    assert keys(served, "out/") + keys(served, "failed/") == written


def test_a_topic_needs_the_permission_to_publish(served: Served) -> None:
    topic, messages = subscribed(served)
    asynchronous(served, NotificationConfig={"SuccessTopic": topic})
    deny(served.cloud, "sns:Publish", topic)
    ask(served)
    assert keys(served, "out/") == ["out/a.out"]
    assert messages() == []


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
@pytest.mark.parametrize(("key", "told"), [(_KEY, 0), ("alias/aws/sns", 1)])
def test_a_topic_with_a_key_needs_the_permission_to_use_it(
    served: Served, action: str, key: str, told: int
) -> None:
    topic, messages = subscribed(served)
    served.cloud.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    asynchronous(served, NotificationConfig={"SuccessTopic": topic})
    ask(served)
    assert len(messages()) == 1
    deny(served.cloud, action, _KEY)
    ask(served, "b")
    assert len(messages()) == told


def test_requests_wait_for_an_instance_and_say_that_there_is_none(served: Served) -> None:
    asynchronous(served)
    wanted = [{"VariantName": "optimized", "DesiredInstanceCount": 0}]
    served.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="chat", DesiredWeightsAndCapacities=wanted
    )
    served.cloud.clock.advance(300)
    ask(served)
    served.cloud.clock.advance(60)
    assert keys(served, "out/") == []
    metrics = served.cloud.client("cloudwatch").list_metrics(MetricName="HasBacklogWithoutCapacity")
    assert metrics["Metrics"][0]["Dimensions"] == [{"Name": "EndpointName", "Value": "chat"}]

    wanted[0]["DesiredInstanceCount"] = 1
    served.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="chat", DesiredWeightsAndCapacities=wanted
    )
    served.cloud.clock.advance(300)
    assert keys(served, "out/") == ["out/a.out"]


def test_an_endpoint_that_is_not_asynchronous_takes_no_files(served: Served) -> None:
    served.endpoint()
    assert "is not asynchronous" in refusal(ask, served=served)["Message"]
