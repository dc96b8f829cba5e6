"""The props that configure a provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from cdk_sagemaker_optimization.checks.types import AnyKey


class ProviderProps(TypedDict, total=False):
    """The props of ``OptimizationJobProvider``, whose constructor describes them."""

    vpc: ec2.IVpc | None
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup] | None
    environment_encryption: AnyKey | None
    log_encryption_key: AnyKey | None
    log_retention: logs.RetentionDays
    permissions_boundary: iam.IManagedPolicy | None
    dead_letter_queue: sqs.IQueue | None
    reserved_concurrent_executions: int | None
    tracing: bool
    state_machine_log_level: sfn.LogLevel
    state_machine_encryption_key: AnyKey | None
    managed_policies: bool
    restrict_trust_to_account: bool
    quota_timeout: cdk.Duration | None
    quota_jitter: cdk.Duration | None
