"""The role that SageMaker assumes for a job."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.checks.kinds import check_flag
from cdk_sagemaker_optimization.facts import account_of, once, stack_of

from .managed_grants import ManagedGrants
from .role_access import RoleAccess


class OptimizationRole(iam.Role):
    """An execution role with the permissions that every job needs: to write logs and publish metrics.

    A job adds the permissions to read its model and training data, to write its output, to use their keys, to
    pull its image and, in a VPC, to create network interfaces. Only SageMaker can assume the role, and only
    for this account.
    """

    # The CDK grants permissions before a Python constructor goes on.
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
        check_flag(strict, "strict")
        stack = stack_of(scope)
        super().__init__(
            scope,
            id,
            assumed_by=once(stack, "SageMaker as a principal", lambda: _sagemaker(stack)),
            role_name=role_name,
            path=path,
            description=description,
            permissions_boundary=permissions_boundary,
        )
        # What the CDK would say.
        once(self, "stack", lambda: stack)
        once(self, "owner", lambda: account_of(stack))
        self._strict = strict
        if managed_policies:
            self._managed_grants = ManagedGrants(self)
        grant_telemetry(RoleAccess(self, self))

    @property
    def strict(self) -> bool:
        """True if a job may list a bucket only below the prefixes of its model, data and output."""
        return self._strict

    @property
    def managed(self) -> bool:
        """True if the role's grants go into managed policies."""
        return self._managed_grants is not None

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Grant the role a permission. Every grant of the CDK calls this.

        Args:
            statement: the permission.
        """
        if self._managed_grants is None:
            return super().add_to_principal_policy(statement)
        policy = self._managed_grants.add(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=policy)


def _sagemaker(stack: cdk.Stack) -> iam.ServicePrincipal:
    return iam.ServicePrincipal(
        "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account_of(stack)}}
    )


def is_strict(role: iam.IRole) -> bool:
    """Tell whether a role has fewer permissions than AWS documents for SageMaker's jobs."""
    return isinstance(role, OptimizationRole) and role.strict


def is_managed(role: iam.IRole) -> bool:
    """Tell whether the grants of a role go into managed policies."""
    return isinstance(role, OptimizationRole) and role.managed


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
