"""Alarms follow the data of their metric, period by period."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from localcloud import LocalCloud

_DIMENSIONS = [{"Name": "EndpointName", "Value": "chat"}]


@pytest.fixture
def cloud(cloud: LocalCloud) -> LocalCloud:
    """An account whose time passes only when a test says so, at the beginning of a period."""
    cloud.clock.pause()
    cloud.clock.advance(600 - cloud.clock.time() % 600)
    return cloud


def put_alarm(cloud: LocalCloud, **members: Any) -> None:
    cloud.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": "errors",
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation5XXErrors",
            "Dimensions": _DIMENSIONS,
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 3,
            "ComparisonOperator": "GreaterThanThreshold",
            **members,
        }
    )


def put(cloud: LocalCloud, value: float, *, ago: float | None = None, **members: Any) -> None:
    datum: dict[str, Any] = {"MetricName": "Invocation5XXErrors", "Dimensions": _DIMENSIONS, "Value": value}
    if ago is not None:
        datum["Timestamp"] = cloud.clock.now() - timedelta(seconds=ago)
    cloud.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=[{**datum, **members}])


def state(cloud: LocalCloud) -> str:
    (alarm,) = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return str(alarm["StateValue"])


def test_an_alarm_goes_off_when_enough_periods_are_over_the_threshold(cloud: LocalCloud) -> None:
    put_alarm(cloud)
    for _ in range(2):
        put(cloud, 2)
        put(cloud, 2)
        assert state(cloud) == "OK"
        cloud.clock.advance(60)
    assert state(cloud) == "ALARM"
    put(cloud, 1)
    cloud.clock.advance(60)
    assert state(cloud) == "OK"


def test_a_datum_counts_in_the_period_of_its_own_time(cloud: LocalCloud) -> None:
    put_alarm(cloud)
    put(cloud, 9, ago=30)
    put(cloud, 9)
    cloud.clock.advance(59)
    assert state(cloud) == "OK"
    cloud.clock.advance(1)
    assert state(cloud) == "ALARM"


def test_a_datum_of_another_endpoint_does_not_count(cloud: LocalCloud) -> None:
    put_alarm(cloud, EvaluationPeriods=1)
    put(cloud, 9, Dimensions=[{"Name": "EndpointName", "Value": "other"}])
    put(cloud, 0)
    cloud.clock.advance(60)
    assert state(cloud) == "OK"


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("notBreaching", "OK"),
        ("breaching", "ALARM"),
        ("ignore", "ALARM"),
    ],
)
def test_missing_data_are_treated_as_the_alarm_says(cloud: LocalCloud, treatment: str, expected: str) -> None:
    put_alarm(cloud, EvaluationPeriods=1, TreatMissingData=treatment)
    put(cloud, 9)
    cloud.clock.advance(60)
    assert state(cloud) == "ALARM"
    cloud.clock.advance(60)
    assert state(cloud) == expected


def test_a_long_jump_of_the_clock_leaves_no_period_out(cloud: LocalCloud) -> None:
    put_alarm(cloud, EvaluationPeriods=1, TreatMissingData="ignore")
    put(cloud, 9)
    cloud.clock.advance(7_200)
    assert state(cloud) == "ALARM"


def test_an_alarm_without_data_keeps_the_state_that_it_is_given(cloud: LocalCloud) -> None:
    put_alarm(cloud)
    cloud.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    cloud.clock.advance(600)
    assert state(cloud) == "ALARM"
    assert cloud.alarms.in_alarm() == {"errors"}


def test_a_metric_of_a_service_can_be_read(cloud: LocalCloud) -> None:
    cloud.alarms.put("AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": "chat"}, 3)
    put(cloud, 2, ago=0)
    now = cloud.clock.now()
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=_DIMENSIONS,
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=3600,
        Statistics=["Sum"],
    )
    assert [each["Sum"] for each in found["Datapoints"]] == [5]


def test_a_percentile_is_that_of_the_values_of_a_period(cloud: LocalCloud) -> None:
    put_alarm(cloud, Statistic=None, ExtendedStatistic="p90", EvaluationPeriods=1, Threshold=9)
    for value in range(10):
        put(cloud, value)
    cloud.clock.advance(60)
    assert state(cloud) == "OK"
    for value in range(11):
        put(cloud, value + 1)
    cloud.clock.advance(60)
    assert state(cloud) == "ALARM"


@pytest.fixture
def topic(cloud: LocalCloud) -> str:
    """A topic with a queue, and an alarm that tells it."""
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    arn: str = sns.create_topic(Name="operators")["TopicArn"]
    sqs.create_queue(QueueName="told")
    queue = arn.replace(":sns:", ":sqs:").replace("operators", "told")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    put_alarm(cloud, AlarmActions=[arn], EvaluationPeriods=1)
    return arn


def let_publish(cloud: LocalCloud, topic: str, **condition: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnLike": condition},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def told(cloud: LocalCloud) -> list[dict[str, Any]]:
    client = cloud.client("sqs")
    url = client.get_queue_url(QueueName="told")["QueueUrl"]
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(json.loads(message["Body"])["Message"]) for message in found]


def test_an_alarm_that_goes_off_tells_its_topic_once(cloud: LocalCloud, topic: str) -> None:
    let_publish(cloud, topic, **{"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*"})
    for _ in range(3):
        put(cloud, 9)
        cloud.clock.advance(60)
    (message,) = told(cloud)
    assert (message["AlarmName"], message["NewStateValue"]) == ("errors", "ALARM")


def test_a_topic_whose_policy_does_not_let_it_is_not_told(cloud: LocalCloud, topic: str) -> None:
    let_publish(cloud, topic, **{"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:another"})
    put(cloud, 9)
    cloud.clock.advance(60)
    assert state(cloud) == "ALARM"
    assert told(cloud) == []
