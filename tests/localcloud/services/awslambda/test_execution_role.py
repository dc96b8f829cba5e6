"""Lambda refuses a configuration that the function's role does not suffice for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.localcloud.conftest import everything_but

Make = Callable[..., str]

QUEUE = "arn:aws:sqs:us-east-1:123456789012:dead-letters"
VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
ECHO = """
    def handler(event, context):
        raise ValueError("always")
"""


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
