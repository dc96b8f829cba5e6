"""The role that SageMaker assumes for a job."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.facts import once, stack_of

from .execution_role import ExecutionRole
from .role_access import RoleAccess


class OptimizationRole(ExecutionRole):
    """An execution role with the permissions that every job needs: to write logs and publish metrics.

    A job adds the permissions to read its model and training data, to write its output, to use their keys, to
    pull its image and, in a VPC, to create network interfaces. Only SageMaker can assume the role, and only
    for this account.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        role_name: str | None = None,
        path: str | None = None,
        description: str | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        managed_policies: bool = False,
        strict: bool = False,
    ) -> None:
        """Define the role.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            role_name: the role's name. Default: CloudFormation makes one.
            path: the role's path. Default: ``/``.
            description: the role's description. Default: none.
            permissions_boundary: the policy that bounds the role's permissions. Default: none.
            managed_policies: whether the role's grants go into managed policies, as some audit rules demand.
                Default: no; they go into an inline policy, which nobody can attach to another role.
            strict: whether a job may list a bucket only below the prefixes of its model, data and output. AWS
                does not document the calls of an optimization job, so it may fail then. Default: no; it may
                list a bucket and read its Region, as AWS documents for the roles of SageMaker's jobs.

        Raises:
            ValueError: ``strict`` is no bool.
        """
        super().__init__(
            scope,
            id,
            role_name=role_name,
            path=path,
            description=description,
            permissions_boundary=permissions_boundary,
            managed_policies=managed_policies,
            strict=strict,
        )
        grant_telemetry(RoleAccess(self, self))


def grant_telemetry(access: RoleAccess) -> None:
    """Let a job's role write its logs and publish its metrics."""
    stack = stack_of(access.scope)
    log_groups = once(
        stack,
        "log groups of jobs",
        lambda: stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name="/aws/sagemaker/*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        ),
    )
    access.allow(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [log_groups],
        wildcard="AWS documents no more of the name of a job's log group than how it begins.",
    )
    access.allow(
        ["cloudwatch:PutMetricData"],
        ["*"],
        conditions={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
        wildcard="cloudwatch:PutMetricData knows no resources; a condition names the namespaces.",
    )
