"""Keys that CloudWatch Logs encrypts with."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


def grant_logs(scope: Construct, key: kms.IKey) -> None:
    """Let CloudWatch Logs use a key for this account and Region; an imported key must do so already."""
    stack = cdk.Stack.of(scope)
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
