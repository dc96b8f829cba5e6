"""What is put on an event bus reaches the targets of the rules that match it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud

Make = Callable[..., str]
Template = dict[str, Any]

ACCOUNT = "123456789012"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
DETAIL = {"status": "FAILED", "job": {"name": "j-1", "tags": ["red", "big"]}, "attempt": 2}


def put(cloud: LocalCloud, detail: dict[str, Any] | None = None, **entry: Any) -> Any:
    """Put one event."""
    given = DETAIL if detail is None else detail
    wanted = {"Source": "app.jobs", "DetailType": "Job Changed", "Detail": json.dumps(given), **entry}
    return cloud.client("events").put_events(Entries=[wanted])


def queue_with_rule(
    pattern: dict[str, Any], *, target: dict[str, Any] | None = None, **rule: Any
) -> Template:
    """A queue that gets what a rule matches, and may get it."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
    }
    targets = [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, **(target or {})}]
    return {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "got"}},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {"EventPattern": pattern, "Targets": targets, **rule},
            },
            "Policy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Queue"}],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
                },
            },
        }
    }


def deploy(cloud: LocalCloud, template: Template) -> None:
    stack = cloud.cloudformation.deploy(template, "app")
    assert stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), [event.reason for event in stack.events]


def received(cloud: LocalCloud, name: str = "got") -> list[str]:
    """The bodies of the messages in a queue."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_a_queue_gets_the_whole_event(cloud: LocalCloud) -> None:
    deploy(cloud, queue_with_rule({"source": ["app.jobs"]}))
    now = cloud.clock.now()
    answer = put(cloud, Resources=["arn:aws:sagemaker:us-east-1:123456789012:optimization-job/j-1"])
    assert answer["FailedEntryCount"] == 0
    [body] = received(cloud)
    assert json.loads(body) == {
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "Job Changed",
        "source": "app.jobs",
        "account": ACCOUNT,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": ["arn:aws:sagemaker:us-east-1:123456789012:optimization-job/j-1"],
        "detail": DETAIL,
    }


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["app.jobs", "other"], "detail-type": ["Job Changed"]}, True),
        ({"source": ["other"]}, False),
        ({"source": [{"prefix": "app."}]}, True),
        ({"detail-type": [{"anything-but": "Job Changed"}]}, False),
        ({"detail": {"status": ["STOPPED", "FAILED"]}}, True),
        ({"detail": {"status": [{"anything-but": ["STOPPED"]}]}}, True),
        ({"detail": {"job": {"name": [{"prefix": "k"}]}}}, False),
        ({"detail": {"job": {"tags": ["red"]}}}, True),
        ({"detail": {"reason": [{"exists": False}]}}, True),
        ({"detail": {"reason": [{"exists": True}]}}, False),
        ({"detail": {"attempt": [{"numeric": [">", 1]}]}}, True),
        ({"detail": {"$or": [{"status": ["COMPLETED"]}, {"attempt": [2]}]}}, True),
        ({"detail": {"$or": [{"status": ["COMPLETED"]}, {"attempt": [3]}]}}, False),
    ],
)
def test_a_rule_gets_what_its_pattern_matches(
    cloud: LocalCloud, pattern: dict[str, Any], matches: bool
) -> None:
    cloud.client("events").put_rule(Name="rule", EventPattern=json.dumps(pattern))
    target = {"Id": "t", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:none"}
    cloud.client("events").put_targets(Rule="rule", Targets=[target])
    put(cloud)
    assert bool(cloud.events.deliveries) is matches


def test_a_rule_with_a_schedule_gets_no_events(cloud: LocalCloud) -> None:
    cloud.client("events").put_rule(Name="rule", ScheduleExpression="rate(1 day)")
    target = {"Id": "t", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:none"}
    cloud.client("events").put_targets(Rule="rule", Targets=[target])
    put(cloud)
    assert cloud.events.deliveries == []


def test_a_rule_can_be_disabled_changed_and_deleted(cloud: LocalCloud) -> None:
    deploy(cloud, queue_with_rule({"source": ["app.jobs"]}, State="DISABLED"))
    put(cloud)
    assert received(cloud) == []
    deploy(cloud, queue_with_rule({"source": ["app.jobs"]}, State="ENABLED"))
    put(cloud)
    assert len(received(cloud)) == 1
    deploy(cloud, queue_with_rule({"source": ["other"]}, State="ENABLED"))
    put(cloud)
    assert received(cloud) == []
    without_rule = queue_with_rule({})
    del without_rule["Resources"]["Rule"], without_rule["Resources"]["Policy"]
    deploy(cloud, without_rule)
    put(cloud, Source="other")
    assert received(cloud) == []
    assert cloud.client("events").list_rules()["Rules"] == []


def test_a_target_may_get_a_constant(cloud: LocalCloud) -> None:
    deploy(cloud, queue_with_rule({"source": ["app.jobs"]}, target={"Input": '{"a": 1}'}, Name="rule"))
    put(cloud)
    assert received(cloud) == ['{"a": 1}']


@pytest.mark.parametrize(
    "target", [{"InputPath": "$.detail"}, {"InputTransformer": {"InputTemplate": '"a job"'}}]
)
def test_a_part_of_an_event_is_not_delivered(cloud: LocalCloud, target: dict[str, Any]) -> None:
    deploy(cloud, queue_with_rule({"source": ["app.jobs"]}, target=target))
    put(cloud)
    [delivery] = cloud.events.deliveries
    assert delivery.error == f"the local cloud delivers whole events or an Input, got {next(iter(target))}"


class TestTargets:
    def rule(self, cloud: LocalCloud, **target: Any) -> str:
        """A rule for every event with one target. Answers its ARN."""
        arn = cloud.client("events").put_rule(Name="rule", EventPattern='{"source": ["app.jobs"]}')["RuleArn"]
        cloud.client("events").put_targets(Rule="rule", Targets=[{"Id": "t", **target}])
        return str(arn)

    def test_a_function_needs_a_permission_for_the_rule(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        source = """
            import boto3
            def handler(event, context):
                boto3.client("sqs").create_queue(QueueName=event["detail"]["status"])
        """
        allowed = {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*"}
        arn = function(source, role(allowed))
        rule = self.rule(cloud, Arn=arn)
        put(cloud)
        [delivery] = cloud.events.deliveries
        assert delivery.error is not None
        assert "no resource-based policy allows the lambda:InvokeFunction action" in delivery.error
        cloud.client("lambda").add_permission(
            FunctionName=arn,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule,
        )
        put(cloud)
        assert cloud.events.deliveries[1].error is None
        cloud.clock.advance(1)
        assert "QueueUrls" in cloud.client("sqs").list_queues(QueueNamePrefix="FAILED")

    def test_a_queue_without_a_policy_gets_nothing(self, cloud: LocalCloud) -> None:
        cloud.client("sqs").create_queue(QueueName="got")
        self.rule(cloud, Arn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:got")
        put(cloud)
        assert received(cloud) == []
        assert cloud.events.deliveries[0].error

    def test_a_topic_passes_it_on(self, cloud: LocalCloud) -> None:
        sns = cloud.client("sns")
        topic = sns.create_topic(Name="topic")["TopicArn"]
        cloud.client("sqs").create_queue(QueueName="got")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:got")
        self.rule(cloud, Arn=topic)
        put(cloud)
        assert received(cloud) == []
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
        put(cloud)
        [body] = received(cloud)
        assert json.loads(json.loads(body)["Message"])["detail"] == DETAIL

    def test_a_queue_that_does_not_take_a_message_gets_nothing(self, cloud: LocalCloud) -> None:
        small = queue_with_rule({"source": ["app.jobs"]})
        small["Resources"]["Queue"]["Properties"]["MaximumMessageSize"] = 1024
        deploy(cloud, small)
        assert put(cloud, {"reason": "x" * 1024})["FailedEntryCount"] == 0
        assert "Message must be shorter than 1024 bytes" in (cloud.events.deliveries[0].error or "")

    def test_a_mistake_of_the_local_cloud_is_not_taken_for_a_targets_refusal(
        self, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deploy(cloud, queue_with_rule({"source": ["app.jobs"]}))
        monkeypatch.setattr(cloud.authorization, "service_may", lambda *_: 1 // 0)
        with pytest.raises(ClientError, match="failed in the local cloud: ZeroDivisionError"):
            put(cloud)
        assert cloud.events.deliveries == []

    def test_a_target_that_fails_keeps_no_other_from_the_event(self, cloud: LocalCloud) -> None:
        deploy(cloud, queue_with_rule({"source": ["app.jobs"]}, Name="rule"))
        strange = {"Id": "a", "Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"}
        cloud.client("events").put_rule(Name="earlier", EventPattern='{"source": ["app.jobs"]}')
        cloud.client("events").put_targets(Rule="earlier", Targets=[strange])
        assert put(cloud)["FailedEntryCount"] == 0
        assert len(received(cloud)) == 1
        assert {delivery.rule: delivery.error is None for delivery in cloud.events.deliveries} == {
            "rule": True,
            "earlier": False,
        }


class TestPermission:
    def allowed(self, **condition: Any) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": "events:PutEvents", "Resource": BUS, "Condition": condition}

    def put_as(self, cloud: LocalCloud, role_arn: str, *entries: dict[str, str]) -> Any:
        wanted = [
            {"Source": "app.jobs", "DetailType": "Job Changed", "Detail": "{}", **each} for each in entries
        ]
        return cloud.client("events", role_arn=role_arn).put_events(Entries=wanted)

    def test_a_role_needs_it_for_the_bus(self, cloud: LocalCloud, role: Make) -> None:
        with pytest.raises(ClientError, match=f"events:PutEvents on resource: {BUS}"):
            self.put_as(cloud, role(), {})
        assert cloud.events.all() == []

    def test_it_can_be_for_one_source_and_detail_type(self, cloud: LocalCloud, role: Make) -> None:
        condition = {"events:source": "app.jobs", "events:detail-type": "Job Changed"}
        arn = role(self.allowed(StringEquals=condition))
        assert self.put_as(cloud, arn, {})["FailedEntryCount"] == 0
        for other in ({"Source": "app.other"}, {"DetailType": "Other"}):
            with pytest.raises(ClientError, match="not authorized"):
                self.put_as(cloud, arn, {}, other)
        assert len(cloud.events.all()) == 1


class TestEntries:
    @pytest.mark.parametrize(
        ("entry", "code"),
        [
            ({"Source": ""}, "InvalidArgument"),
            ({"DetailType": "x" * 129}, "InvalidArgument"),
            ({"Detail": "[1]"}, "MalformedDetail"),
            ({"Detail": "{"}, "MalformedDetail"),
            ({"Source": "aws.sagemaker"}, "NotAuthorizedForSourceException"),
        ],
    )
    def test_an_entry_that_is_wrong_fails_alone(self, cloud: LocalCloud, entry: Any, code: str) -> None:
        right = {"Source": "app.jobs", "DetailType": "Job Changed", "Detail": "{}"}
        answer = cloud.client("events").put_events(Entries=[right | entry, right])
        assert answer["FailedEntryCount"] == 1
        assert answer["Entries"][0]["ErrorCode"] == code
        assert len(cloud.events.all()) == 1

    def test_too_many_are_refused(self, cloud: LocalCloud) -> None:
        entry = {"Source": "app.jobs", "DetailType": "Job Changed", "Detail": "{}"}
        with pytest.raises(ClientError, match="ValidationException"):
            cloud.client("events").put_events(Entries=[entry] * 11)

    def test_a_bus_that_is_not_there_is_an_error(self, cloud: LocalCloud) -> None:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            put(cloud, EventBusName="none")

    def test_a_bus_can_be_named_by_its_arn(self, cloud: LocalCloud) -> None:
        put(cloud, EventBusName=BUS)
        assert cloud.events.all()[0].bus == "default"


class TestFaults:
    def test_calls_can_fail(self, cloud: LocalCloud) -> None:
        cloud.events.fail_calls("AccessDeniedException", times=2)
        for _ in range(2):
            with pytest.raises(ClientError, match="AccessDeniedException"):
                put(cloud)
        assert cloud.events.all() == []
        assert put(cloud)["FailedEntryCount"] == 0

    def test_calls_can_fail_with_an_error_of_the_service(self, cloud: LocalCloud) -> None:
        cloud.events.fail_calls()
        with pytest.raises(ClientError) as error:
            put(cloud)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500

    def test_calls_can_be_throttled_without_an_end(self, cloud: LocalCloud) -> None:
        cloud.events.throttle(None)
        for _ in range(5):
            with pytest.raises(ClientError, match="ThrottlingException"):
                put(cloud)
        cloud.reset()
        assert put(cloud)["FailedEntryCount"] == 0

    def test_an_entry_can_fail_in_an_answer_that_succeeds(self, cloud: LocalCloud) -> None:
        cloud.events.fail_entries("ThrottlingException")
        answer = put(cloud)
        assert (answer["FailedEntryCount"], answer["Entries"]) == (
            1,
            [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}],
        )
        assert cloud.events.all() == []
        assert put(cloud)["FailedEntryCount"] == 0

    def test_never_is_not_a_number_of_times(self, cloud: LocalCloud) -> None:
        with pytest.raises(ValueError, match="times must be 1 or more"):
            cloud.events.throttle(0)
