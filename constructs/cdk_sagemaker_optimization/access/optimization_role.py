"""The role that a job runs as."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.checks.kinds import check_flag

from .managed_grants import ManagedGrants
from .role_access import RoleAccess


class OptimizationRole(iam.Role):
    """An execution role that may do what every job needs: write logs and publish metrics.

    A job adds what it needs in particular: to read its model and training data, to write its output, to use
    their keys, to pull its image and, in a VPC, to make network interfaces. Only SageMaker may take the role
    on, and only for this account.
    """

    # The CDK asks for permissions before a Python constructor has gone on.
    _managed_grants: ManagedGrants | None = None

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
        """
        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            role_name: the role's name. Default: CloudFormation makes one.
            path: the role's path. Default: ``/``.
            description: the role's description. Default: none.
            permissions_boundary: what bounds the role's permissions. Default: none.
            managed_policies: whether what the role is granted goes into managed policies, which some rules
                ask for. Default: no; it goes into an inline policy, which nobody can attach to another role.
            strict: whether a job may list a bucket below the prefixes that it was given only. Which calls an
                optimization job makes is not documented, so it may fail then. Default: it may list a bucket
                and ask for its Region, as AWS documents it for the roles of SageMaker's jobs.

        Raises:
            ValueError: something else than a bool for ``strict``.
        """
        check_flag(strict, "strict")
        super().__init__(
            scope,
            id,
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}},
            ),
            role_name=role_name,
            path=path,
            description=description,
            permissions_boundary=permissions_boundary,
        )
        self._strict = strict
        if managed_policies:
            self._managed_grants = ManagedGrants(self)
        grant_telemetry(RoleAccess(self, self))

    @property
    def strict(self) -> bool:
        """Whether a job may list a bucket below the prefixes that it was given only."""
        return self._strict

    @property
    def managed(self) -> bool:
        """Whether what the role is granted goes into managed policies."""
        return self._managed_grants is not None

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Grant the role something; every grant of the CDK comes here.

        Args:
            statement: what the role may do.
        """
        if self._managed_grants is None:
            return super().add_to_principal_policy(statement)
        policy = self._managed_grants.add(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=policy)


def is_strict(role: iam.IRole) -> bool:
    """Whether a role is one that asks for fewer permissions than AWS documents."""
    return isinstance(role, OptimizationRole) and role.strict


def is_managed(role: iam.IRole) -> bool:
    """Whether a role is one whose permissions are in managed policies."""
    return isinstance(role, OptimizationRole) and role.managed


def grant_telemetry(access: RoleAccess) -> None:
    """Let a job's role write its logs and publish its metrics."""
    stack = cdk.Stack.of(access.scope)
    log_groups = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name="/aws/sagemaker/*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
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
