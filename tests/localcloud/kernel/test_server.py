"""One port for every service, in each service's protocol."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from localcloud import LocalCloud
from localcloud.kernel.api import ApiRequest, HttpRequest, HttpResponse, ResponseLost


def test_every_protocol_is_spoken_on_the_one_port(cloud: LocalCloud) -> None:
    assert cloud.client("sts").get_caller_identity()["Account"] == cloud.account  # query
    cloud.client("s3").create_bucket(Bucket="models")  # rest-xml
    assert cloud.client("ssm").describe_parameters()["Parameters"] == []  # json
    assert cloud.client("lambda").list_functions()["Functions"] == []  # rest-json
    assert cloud.client("ec2").describe_key_pairs()["KeyPairs"] == []  # ec2


def test_the_environment_is_all_that_a_client_needs(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    assert boto3.Session().client("s3").list_buckets()["Buckets"] == []


def test_every_call_is_recorded(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="models")
    with pytest.raises(ClientError):
        s3.get_object(Bucket="models", Key="none")
    cloud.clock.advance(60)
    with pytest.raises(ClientError):
        cloud.client("sagemaker").describe_model(ModelName="none")
    create, get, describe = cloud.calls.all()
    assert (create.service, create.operation, create.error) == ("s3", "CreateBucket", None)
    assert (get.parameters["Key"], get.error) == ("none", "NoSuchKey")
    assert (describe.operation, describe.error) == ("DescribeModel", "ValidationException")
    assert describe.time - create.time >= 60
    assert describe.principal == "arn:aws:iam::123456789012:root"
    assert cloud.calls.of("s3", "GetObject") == [get]
    assert cloud.calls.by("root") == [create, get, describe]


def test_a_request_with_chunks_and_one_without_a_length_are_read(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="models")
    upload = s3.generate_presigned_url("put_object", Params={"Bucket": "models", "Key": "k"})
    address = upload.removeprefix(cloud.endpoint_url)
    connection = http.client.HTTPConnection(cloud.endpoint_url.removeprefix("http://"))
    connection.request("PUT", address, body=iter([b"one ", b"two"]), encode_chunked=True)
    assert connection.getresponse().read() == b""
    # The same connection again: it is kept alive.
    connection.request(
        "GET", s3.generate_presigned_url("get_object", Params={"Bucket": "models", "Key": "k"})
    )
    assert connection.getresponse().read() == b"one two"


def test_nobody_reads_a_bucket_without_a_signature(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="k", Body=b"content")
    with pytest.raises(urllib.request.HTTPError, match="403"):
        urllib.request.urlopen(f"{cloud.endpoint_url}/models/k")


def test_what_moto_does_not_know_is_an_error_that_nobody_repeats(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("sagemaker").list_mlflow_apps()
    assert error.value.response["Error"]["Code"] == "NotImplemented"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_cloudtrail_knows_of_no_events(cloud: LocalCloud) -> None:
    assert cloud.client("cloudtrail").lookup_events()["Events"] == []


def test_events_that_were_put_can_be_read(cloud: LocalCloud) -> None:
    entry = {"Source": "app", "DetailType": "Finished", "Detail": json.dumps({"job": "j"})}
    cloud.client("events").put_events(Entries=[entry])
    [event] = cloud.events.all()
    assert (event.source, event.detail_type, event.detail, event.bus) == (
        "app",
        "Finished",
        {"job": "j"},
        "default",
    )


class Shop:
    """A service of our own, that stands in for some operations of an AWS service."""

    service = "sns"
    operations: frozenset[str] | None = frozenset({"CreateTopic", "DeleteTopic"})

    def __init__(self) -> None:
        self.requests: list[ApiRequest] = []

    def handle(self, request: ApiRequest, /) -> dict[str, Any]:
        self.requests.append(request)
        if request.operation == "DeleteTopic":
            raise ResponseLost
        return {"TopicArn": f"arn:aws:sns:us-east-1:123456789012:{request.parameters['Name']}"}


@pytest.fixture(scope="module")
def shop(platform: LocalCloud) -> Iterator[Shop]:
    """A service that leaves its operations to moto again when these tests have ended."""
    shop = Shop()
    platform.server.register(shop)
    yield shop
    shop.operations = frozenset()


def test_a_service_of_our_own_gets_parsed_requests(cloud: LocalCloud, shop: Shop) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    answer = cloud.client("sns").create_topic(Name="topic", Tags=tags, Attributes={"KmsMasterKeyId": "k"})
    assert answer["TopicArn"].endswith(":topic")
    request = shop.requests[-1]
    assert request.parameters == {"Name": "topic", "Tags": tags, "Attributes": {"KmsMasterKeyId": "k"}}
    assert (request.region, request.account) == ("us-east-1", "123456789012")


def test_other_operations_of_that_service_stay_with_moto(cloud: LocalCloud, shop: Shop) -> None:
    assert cloud.client("sns").list_topics()["Topics"] == []


def test_a_lost_answer_closes_the_connection(cloud: LocalCloud, shop: Shop) -> None:
    with pytest.raises(ConnectionClosedError):
        cloud.client("sns").delete_topic(TopicArn="arn:aws:sns:us-east-1:123456789012:topic")
    assert shop.requests[-1].operation == "DeleteTopic"
    assert cloud.calls.all()[-1].error == "ResponseLost"


def test_a_path_can_be_reserved(cloud: LocalCloud, platform: LocalCloud) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, f"{request.method} {request.path}?{request.query}".encode())

    platform.server.route("/reserved-for-a-test/", answer)
    with urllib.request.urlopen(f"{cloud.endpoint_url}/reserved-for-a-test/a?b=c") as response:
        assert response.read() == b"GET /reserved-for-a-test/a?b=c"


def test_many_clients_call_at_once(cloud: LocalCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    failures = list[BaseException]()

    def work(number: int) -> None:
        try:
            for key in range(10):
                cloud.client("s3").put_object(Bucket="models", Key=f"{number}/{key}", Body=b"x")
        except ClientError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert cloud.client("s3").list_objects_v2(Bucket="models")["KeyCount"] == 160


def test_time_stands_still_while_a_call_is_under_way(cloud: LocalCloud, platform: LocalCloud) -> None:
    times = list[float]()

    def answer(_: HttpRequest) -> HttpResponse:
        times.append(cloud.clock.time())
        threading.Event().wait(0.05)
        times.append(cloud.clock.time())
        return HttpResponse()

    platform.server.route("/slow-for-a-test", answer)
    sleeper = cloud.clock.start_thread(cloud.clock.sleep, 1e6)
    with cloud.clock.busy():
        urllib.request.urlopen(f"{cloud.endpoint_url}/slow-for-a-test").close()
    sleeper.join()
    assert times[0] == times[1]
