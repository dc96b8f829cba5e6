"""The key that a state machine and its executions are encrypted with.

The rules are those of https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_sagemaker_optimization.access.encryption_keys import allow_key, explain_key


def use_state_machine_key(
    scope: Construct, key: kms.IKey | None, state_machine_arn: str
) -> list[iam.PolicyStatement]:
    """What a role needs to start or to run executions; nothing without a key."""
    if key is None:
        return []
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    explain_key(scope, key, actions)
    context = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": state_machine_arn}}
    return [allow_key(key, actions, context)]


def send_logs_encrypted(scope: Construct, key: kms.IKey | None) -> list[iam.PolicyStatement]:
    """What the role of a state machine with logging needs on top; nothing without a key."""
    if key is None:
        return []
    logs = cdk.Stack.of(scope).format_arn(
        service="logs", resource="*", arn_format=cdk.ArnFormat.NO_RESOURCE_NAME
    )
    actions = ["kms:GenerateDataKey"]
    explain_key(scope, key, actions)
    return [allow_key(key, actions, {"StringEquals": {"kms:EncryptionContext:SourceArn": logs}})]
