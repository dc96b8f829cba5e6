"""The key that a state machine and its executions are encrypted with.

The rules are those of https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def use_state_machine_key(key: kms.IKey | None, state_machine_arn: str) -> list[iam.PolicyStatement]:
    """What a role needs to start or to run executions; nothing without a key."""
    if key is None:
        return []
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key.key_arn],
            conditions={
                "StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": state_machine_arn}
            },
        )
    ]


def send_logs_encrypted(key: kms.IKey | None, stack: cdk.Stack) -> list[iam.PolicyStatement]:
    """What the role of a state machine with logging needs on top; nothing without a key."""
    if key is None:
        return []
    logs = stack.format_arn(service="logs", resource="*", arn_format=cdk.ArnFormat.NO_RESOURCE_NAME)
    return [
        iam.PolicyStatement(
            actions=["kms:GenerateDataKey"],
            resources=[key.key_arn],
            conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": logs}},
        )
    ]
