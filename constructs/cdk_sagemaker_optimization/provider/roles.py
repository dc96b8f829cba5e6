"""The policies of the provider's roles: parts of the role, or managed policies beside it."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from cdk_sagemaker_optimization.audit import acknowledge


def new_role(
    scope: Construct,
    id: str,
    *,
    assumed_by: iam.IPrincipal,
    policy: str,
    statements: Sequence[iam.PolicyStatement],
    wildcard: str,
    managed: bool,
) -> iam.Role:
    """Define a role that has its permissions from the start.

    Args:
        scope: the construct that the role belongs to.
        id: its id there.
        assumed_by: the service that assumes it.
        policy: the name of its policy.
        statements: the permissions. Without any, the role has no policy.
        wildcard: the reason why a statement is for every resource, for auditors.
        managed: whether the policy is a managed one.
    """
    if managed and statements:
        managed_policy = iam.ManagedPolicy(scope, f"{id}{policy}", statements=list(statements))
        role = iam.Role(scope, id, assumed_by=assumed_by, managed_policies=[managed_policy])
        holder: iam.Role | iam.ManagedPolicy = managed_policy
    else:
        inline = {policy: iam.PolicyDocument(statements=list(statements))} if statements else None
        role = holder = iam.Role(scope, id, assumed_by=assumed_by, inline_policies=inline)
    if any("*" in statement.resources for statement in statements):
        rules = ("AwsSolutions-IAM5[Resource::*]", "Serverless-LambdaStarPermissions")
        acknowledge(holder, wildcard, *rules)
    return role


def attach_policy(
    scope: Construct,
    id: str,
    role: iam.IRole,
    statements: Sequence[iam.PolicyStatement] = (),
    *,
    managed: bool,
) -> iam.Policy | iam.ManagedPolicy:
    """Define a policy of a role that exists already.

    A managed policy has another id, because CloudFormation does not let a resource change its type.
    """
    if managed:
        return iam.ManagedPolicy(scope, f"Managed{id}", roles=[role], statements=list(statements))
    policy = iam.Policy(scope, id, statements=list(statements))
    # Not its prop `roles`: only the role knows that `iam.Role.customize_roles` has replaced it.
    role.attach_inline_policy(policy)
    return policy


def drop_dependencies(construct: IConstruct) -> None:
    """Leave out a resource's ``DependsOn``.

    It has only the role, which is in the properties as well. Every permission that is needed that early is a
    part of the role.
    """
    resource = construct.node.default_child
    if not isinstance(resource, cdk.CfnResource):
        raise TypeError(f"{construct.node.path} must have a resource of its own, got {resource!r}")
    resource.add_deletion_override("DependsOn")
