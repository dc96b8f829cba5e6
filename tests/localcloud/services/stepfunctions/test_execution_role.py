"""Step Functions refuses settings that the state machine's role does not suffice for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.localcloud.conftest import everything_but

Make = Callable[..., str]

PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:g:*"
LOGGING = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": LOG_GROUP}}]}


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
    """The caller that starts an execution uses it, and so do the state machine and its log."""

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
