"""Permissions of one stack's job for a role of another stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from .room_on_role import RoomOnRole


class PolicyForAnotherStacksRole(iam.Policy):
    """A policy in the stack of a job, for a role that is in another one.

    What is granted to the role itself is in the role's stack. That stack would need the names of the job's
    bucket and key, and the job's stack needs the role: a cycle. So only the job's stack needs the other.

    Policies of the same name on one role overwrite each other, whichever stacks they are in, and a policy's
    name follows from its path within its stack. So the id says where in the app the job is.
    """

    def __init__(self, scope: Construct) -> None:
        self.attached = False
        super().__init__(scope, _id(scope))

    def attach_to_role(self, role: iam.IRole) -> None:
        """A role that takes policies calls this."""
        self.attached = True
        super().attach_to_role(role)


def policy_for_role_of_another_stack(
    scope: Construct, role: iam.IRole, *, managed: bool
) -> iam.Policy | iam.ManagedPolicy | None:
    """The policy, still empty; none for a role of the same stack, or one that takes no policies.

    Args:
        scope: the construct of the job.
        role: the role.
        managed: whether the role's permissions are in managed policies.
    """
    if role.stack is cdk.Stack.of(scope):
        return None
    policy = _managed_policy(scope, role) if managed else _inline_policy(scope, role)
    if policy is not None:
        RoomOnRole.of(role).add(policy)
    return policy


def _managed_policy(scope: Construct, role: iam.IRole) -> iam.ManagedPolicy | None:
    # A role that is made elsewhere (``iam.Role.customize_roles``) has no resource.
    if role.node.default_child is None:
        return None
    return iam.ManagedPolicy(scope, f"Managed{_id(scope)}", roles=[role])


def _inline_policy(scope: Construct, role: iam.IRole) -> iam.Policy | None:
    policy = PolicyForAnotherStacksRole(scope)
    role.attach_inline_policy(policy)
    if policy.attached:
        return policy
    scope.node.try_remove_child(_id(scope))
    return None


def _id(scope: Construct) -> str:
    return f"RolePermissions{scope.node.addr[:8]}"
