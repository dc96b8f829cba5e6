"""Permissions of one stack's job for a role of another stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct


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

    @staticmethod
    def of(scope: Construct, role: iam.IRole) -> PolicyForAnotherStacksRole | None:
        """The policy, still empty; none for a role of the same stack, or one that takes no policies."""
        if role.stack is cdk.Stack.of(scope):
            return None
        policy = PolicyForAnotherStacksRole(scope)
        role.attach_inline_policy(policy)
        if policy.attached:
            return policy
        scope.node.try_remove_child(_id(scope))
        return None


def _id(scope: Construct) -> str:
    return f"RolePermissions{scope.node.addr[:8]}"
