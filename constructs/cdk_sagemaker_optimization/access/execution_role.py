"""A role that only SageMaker assumes, and only for one account."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.checks.kinds import check_flag
from cdk_sagemaker_optimization.facts import account_of, once, stack_of

from .managed_grants import ManagedGrants


class ExecutionRole(iam.Role):
    """An execution role without a permission yet. What uses the role adds its own."""

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
            strict: whether the role may list a bucket only below the prefixes that it reads. Default: no; it
                may list a bucket and read its Region, as AWS documents for SageMaker's roles.

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

    @property
    def strict(self) -> bool:
        """True if the role may list a bucket only below the prefixes that it reads or writes."""
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
    """Tell whether a role has fewer permissions than AWS documents for SageMaker's roles."""
    return isinstance(role, ExecutionRole) and role.strict


def is_managed(role: iam.IRole) -> bool:
    """Tell whether the grants of a role go into managed policies."""
    return isinstance(role, ExecutionRole) and role.managed
