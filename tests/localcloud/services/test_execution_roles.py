"""Lambda and Step Functions refuse what the role that they are given does not suffice for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud

Make = Callable[..., str]

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead-letters"
VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
ECHO = """
    def handler(event, context):
        raise ValueError("always")
"""
BUCKETS = ["arn:aws:s3:::one", "arn:aws:s3:::two"]
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
LOGGING = {
    "level": "ALL",
    "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"}}
    ],
}


def everything_but(action: str) -> list[dict[str, Any]]:
    return [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": action, "Resource": "*"},
    ]


@pytest.mark.parametrize(
    ("action", "configuration", "told"),
    [
        ("ec2:CreateNetworkInterface", {"VpcConfig": VPC}, "CreateNetworkInterface on EC2"),
        ("ec2:DescribeNetworkInterfaces", {"VpcConfig": VPC}, "DescribeNetworkInterfaces on EC2"),
        ("ec2:DescribeSubnets", {"VpcConfig": VPC}, "DescribeSubnets on EC2"),
        ("ec2:DeleteNetworkInterface", {"VpcConfig": VPC}, "DeleteNetworkInterface on EC2"),
        ("ec2:AssignPrivateIpAddresses", {"VpcConfig": VPC}, "AssignPrivateIpAddresses on EC2"),
        ("ec2:UnassignPrivateIpAddresses", {"VpcConfig": VPC}, "UnassignPrivateIpAddresses on EC2"),
        ("xray:PutTraceSegments", {"TracingConfig": {"Mode": "Active"}}, "PutTraceSegments on XRAY"),
        ("xray:PutTelemetryRecords", {"TracingConfig": {"Mode": "Active"}}, "PutTelemetryRecords on XRAY"),
        ("sqs:SendMessage", {"DeadLetterConfig": {"TargetArn": QUEUE}}, "SendMessage on SQS"),
    ],
)
class TestTheConfigurationOfAFunction:
    def test_needs_its_role(
        self, role: Make, function: Make, action: str, configuration: dict[str, Any], told: str
    ) -> None:
        with pytest.raises(ClientError, match=f"does not have permissions to call {told}"):
            function(ECHO, role(*everything_but(action)), **configuration)
        assert function(ECHO, role(*everything_but(action), name="other"))

    def test_needs_it_when_it_is_changed(
        self, cloud: LocalCloud, role: Make, function: Make, action: str, configuration: Any, told: str
    ) -> None:
        arn = function(ECHO, role(*everything_but(action)))
        with pytest.raises(ClientError, match=f"does not have permissions to call {told}"):
            cloud.client("lambda").update_function_configuration(FunctionName=arn, **configuration)


def test_a_function_starts_only_if_its_role_may_decrypt_its_variables(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    arn = function(
        ECHO, role(*everything_but("kms:Decrypt")), KMSKeyArn=key, Environment={"Variables": {"A": "1"}}
    )
    with pytest.raises(ClientError, match="KMSAccessDeniedException"):
        cloud.client("lambda").invoke(FunctionName=arn)
    cloud.client("iam").delete_role_policy(RoleName="worker", PolicyName="policy")
    decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    document = json.dumps({"Version": "2012-10-17", "Statement": [decrypt]})
    cloud.client("iam").put_role_policy(RoleName="worker", PolicyName="policy", PolicyDocument=document)
    assert cloud.client("lambda").invoke(FunctionName=arn)["FunctionError"] == "Unhandled"


@pytest.mark.parametrize("target", ["sqs", "sns"])
def test_an_event_that_a_function_cannot_deal_with_is_a_dead_letter(
    cloud: LocalCloud, role: Make, function: Make, target: str
) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    arn = QUEUE
    if target == "sns":
        arn = cloud.client("sns").create_topic(Name="dead-letters")["TopicArn"]
        cloud.client("sns").subscribe(
            TopicArn=arn, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "true"}
        )
    role_arn = role({"Effect": "Allow", "Action": ["sqs:SendMessage", "sns:Publish"], "Resource": arn})
    function(ECHO, role_arn, DeadLetterConfig={"TargetArn": arn})
    cloud.clock.pause()
    cloud.functions.invoke_async("work", b'{"n": 1}')
    cloud.clock.advance(60 + 120 - 1)
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)
    cloud.clock.advance(1)
    answer = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=0)
    [message] = answer["Messages"]
    assert json.loads(message["Body"]) == {"n": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "always"


@pytest.mark.parametrize(
    ("action", "settings", "told"),
    [
        *(
            (
                f"logs:{name}",
                {"loggingConfiguration": LOGGING},
                "not authorized to access the Log Destination",
            )
            for name in (
                "CreateLogDelivery",
                "GetLogDelivery",
                "UpdateLogDelivery",
                "DeleteLogDelivery",
                "ListLogDeliveries",
                "PutResourcePolicy",
                "DescribeResourcePolicies",
                "DescribeLogGroups",
            )
        ),
        *(
            (f"xray:{name}", {"tracingConfiguration": {"enabled": True}}, "not authorized to send traces")
            for name in ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")
        ),
    ],
)
def test_the_settings_of_a_state_machine_need_its_role(
    cloud: LocalCloud, role: Make, action: str, settings: dict[str, Any], told: str
) -> None:
    client = cloud.client("stepfunctions")
    wanted = {"name": "m", "definition": PASS, "roleArn": role(*everything_but(action))}
    with pytest.raises(ClientError, match=told):
        client.create_state_machine(**wanted, **settings)
    arn = client.create_state_machine(**wanted)["stateMachineArn"]
    with pytest.raises(ClientError, match=told):
        client.update_state_machine(stateMachineArn=arn, **settings)


class TestTheKeyOfAStateMachine:
    """Whoever starts an execution uses it, and so do the state machine and its log."""

    def machine(self, cloud: LocalCloud, role_arn: str, **settings: Any) -> str:
        key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key}
        created = cloud.client("stepfunctions").create_state_machine(
            name="m", definition=PASS, roleArn=role_arn, encryptionConfiguration=encryption, **settings
        )
        return str(created["stateMachineArn"])

    @pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey"])
    def test_the_caller_needs_it(self, cloud: LocalCloud, role: Make, action: str) -> None:
        arn = self.machine(cloud, role(*everything_but("a:b")))
        caller = cloud.client("stepfunctions", role_arn=role(*everything_but(action), name="caller"))
        with pytest.raises(ClientError, match="KmsAccessDeniedException"):
            caller.start_execution(stateMachineArn=arn)
        cloud.client("stepfunctions").start_execution(stateMachineArn=arn)

    @pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey"])
    def test_the_state_machine_needs_it(self, cloud: LocalCloud, role: Make, action: str) -> None:
        arn = self.machine(cloud, role(*everything_but(action)))
        with pytest.raises(ClientError, match="KmsAccessDeniedException"):
            cloud.client("stepfunctions").start_execution(stateMachineArn=arn)

    @pytest.mark.parametrize("for_logs", [True, False])
    def test_its_log_needs_it(self, cloud: LocalCloud, role: Make, for_logs: bool) -> None:
        cloud.client("logs").create_log_group(logGroupName="g")
        of = "SourceArn" if for_logs else "aws:states:stateMachineArn"
        condition = {"Null": {f"kms:EncryptionContext:{of}": "false"}}
        key = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
        context = {
            **key,
            "Condition": {"Null": {"kms:EncryptionContext:aws:states:stateMachineArn": "false"}},
        }
        delivery = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
        arn = self.machine(cloud, role(key, context, delivery), loggingConfiguration=LOGGING)
        started = cloud.client("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
        assert cloud.logs.lines("g") == ([f"ExecutionStarted {started}"] if for_logs else [])


class TestGrants:
    """A role's grants, and those of them that were needed."""

    def used(self, cloud: LocalCloud, role_arn: str) -> set[tuple[str, str]]:
        unused = cloud.authorization.grants(role_arn) - cloud.authorization.needed
        return {(grant.action, grant.resource) for grant in cloud.authorization.grants(role_arn) - unused}

    def test_each_action_and_each_resource_is_one(self, cloud: LocalCloud, role: Make) -> None:
        condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
        arn = role(
            {"Effect": "Allow", "Action": ["a:b", "a:c"], "Resource": BUCKETS, "Condition": condition},
            {"Effect": "Deny", "Action": "a:d", "Resource": "*"},
        )
        grants = cloud.authorization.grants(arn)
        assert {(grant.role, grant.action, grant.resource) for grant in grants} == {
            ("worker", action, resource) for action in ("a:b", "a:c") for resource in BUCKETS
        }
        assert {json.loads(grant.condition)["StringEquals"]["aws:RequestedRegion"] for grant in grants} == {
            "us-east-1"
        }

    def test_one_is_needed_when_nothing_else_allows_it(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:CreateQueue"], "Resource": "*"})
        cloud.client("sqs", role_arn=arn).list_queues()
        assert self.used(cloud, arn) == {("sqs:ListQueues", "*")}
        cloud.authorization.reset()
        assert self.used(cloud, arn) == set()

    def test_none_is_needed_where_two_allow_it(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:*"], "Resource": "*"})
        cloud.client("sqs", role_arn=arn).list_queues()
        assert self.used(cloud, arn) == set()

    def test_none_is_needed_for_what_was_refused(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"})
        with pytest.raises(ClientError):
            cloud.client("sqs", role_arn=arn).create_queue(QueueName="q")
        assert self.used(cloud, arn) == set()

    def test_none_is_needed_where_the_resource_allows_it_itself(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="models")
        s3.put_object(Bucket="models", Key="k", Body=b"")
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": arn},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::models/*",
        }
        s3.put_bucket_policy(
            Bucket="models", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        cloud.client("s3", role_arn=arn).get_object(Bucket="models", Key="k")
        assert self.used(cloud, arn) == set()
