"""The keys of a provider: of the state machine with its executions, and of the logs.

The rules for a state machine are those of https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_sagemaker_optimization.access.encryption_keys import allow_key, explain_key
from cdk_sagemaker_optimization.facts import stack_of


def use_state_machine_key(
    scope: Construct, key: kms.IKey | None, state_machine_arn: str
) -> list[iam.PolicyStatement]:
    """Return the permissions to start or run executions with a key. Without one, there are none."""
    if key is None:
        return []
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    explain_key(scope, key, actions)
    context = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": state_machine_arn}}
    return [allow_key(key, actions, context)]


def send_logs_encrypted(scope: Construct, key: kms.IKey | None) -> list[iam.PolicyStatement]:
    """Return the permissions to send the logs of a state machine with a key. Without one, there are none."""
    if key is None:
        return []
    logs = stack_of(scope).format_arn(service="logs", resource="*", arn_format=cdk.ArnFormat.NO_RESOURCE_NAME)
    actions = ["kms:GenerateDataKey"]
    explain_key(scope, key, actions)
    return [allow_key(key, actions, {"StringEquals": {"kms:EncryptionContext:SourceArn": logs}})]


def grant_logs(scope: Construct, key: kms.IKey) -> None:
    """Let CloudWatch Logs of this account and Region use a key. The policy of an imported key must do so."""
    stack = stack_of(scope)
    log_groups = stack.format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=["*"],
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        ),
        True,
    )
