"""A policy of a job or model for a role that it does not own."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.facts import stack_of

from .room_on_role import RoomOnRole


class OwnPolicy(iam.Policy):
    """A policy beside a job or model, for a role that is defined elsewhere.

    A grant to the role of another stack would be in that stack, which would then need the names of the job's
    bucket and key, while the job's stack needs the role: a cycle. With this policy only the job's stack needs
    the other one. A grant of a model to a role of its own stack would make the other users of the role wait
    for what it refers to, such as the image of a job, and the job may be one of them.

    Policies of the same name on one role overwrite each other, also those of different stacks, and a policy's
    name follows from its path within its stack. So the id depends on the job's place in the app.
    """

    def __init__(self, scope: Construct) -> None:
        self.attached = False
        super().__init__(scope, _id(scope))

    def attach_to_role(self, role: iam.IRole) -> None:
        """Note that the role accepts policies, because it calls this."""
        self.attached = True
        super().attach_to_role(role)


def policy_of_its_own(
    scope: Construct, role: iam.IRole, *, managed: bool, apart: bool
) -> iam.Policy | iam.ManagedPolicy | None:
    """Define the policy, without a statement yet.

    Args:
        scope: the construct of the job or model.
        role: the role.
        managed: whether the role's permissions are in managed policies.
        apart: whether a role of the same stack gets such a policy, too.

    Returns:
        None for a role of the same stack without ``apart``, and for one that accepts no policies.
    """
    if not apart and stack_of(role) is stack_of(scope):
        return None
    policy = _managed_policy(scope, role) if managed else _inline_policy(scope, role)
    if policy is not None:
        RoomOnRole.of(role).add(policy)
    return policy


def _managed_policy(scope: Construct, role: iam.IRole) -> iam.ManagedPolicy | None:
    # A role that somebody else creates (``iam.Role.customize_roles``) has no resource.
    if role.node.default_child is None:
        return None
    return iam.ManagedPolicy(scope, f"Managed{_id(scope)}", roles=[role])


def _inline_policy(scope: Construct, role: iam.IRole) -> iam.Policy | None:
    policy = OwnPolicy(scope)
    role.attach_inline_policy(policy)
    if policy.attached:
        return policy
    scope.node.try_remove_child(_id(scope))
    return None


def _id(scope: Construct) -> str:
    return f"RolePermissions{scope.node.addr[:8]}"
