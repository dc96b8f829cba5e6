"""The room that a role has for the policies of jobs of other stacks, and of models."""

from __future__ import annotations

import jsii
from aws_cdk import aws_iam as iam
from constructs import IValidation

from cdk_sagemaker_optimization.facts import node_of, once, stack_of

from .policy_size import INLINE_LIMIT, policy_size

# The default of the account's quota.
_MANAGED_LIMIT = 10

_WHAT_TO_DO = (
    "give some of them a role of their own, or make the role in the stack of its jobs, which grants "
    "nothing twice"
)


@jsii.implements(IValidation)
class RoomOnRole:
    """Checks at synthesis that the role has room for the policies of jobs of other stacks, and of models.

    Args:
        role: the role.
    """

    def __init__(self, role: iam.IRole) -> None:
        self._role = role
        self._policies: list[iam.Policy] = []
        self._managed = 0
        node_of(role).add_validation(self)

    @staticmethod
    def of(role: iam.IRole) -> RoomOnRole:
        """Return the check of a role, which all its jobs share."""
        return once(role, "room", lambda: RoomOnRole(role))

    def add(self, policy: iam.Policy | iam.ManagedPolicy) -> None:
        """Count a policy of a job or model."""
        if isinstance(policy, iam.ManagedPolicy):
            self._managed += 1
        else:
            self._policies.append(policy)

    def validate(self) -> list[str]:
        """Find the limits that are exceeded, at synthesis, when every policy is complete."""
        problems = []
        role = self._role.node.path
        size = self._inline()
        if self._policies and size > INLINE_LIMIT:
            problems.append(
                f"the role {role} has no room for the policies of {len(self._policies)} jobs or models: IAM "
                f"takes {INLINE_LIMIT} characters of inline policies, and they make about {size} with the "
                f"role's own; {_WHAT_TO_DO}"
            )
        managed = self._attached()
        if self._managed and managed > _MANAGED_LIMIT:
            problems.append(
                f"the role {role} has no room for the policies of {self._managed} jobs or models: IAM "
                f"attaches {_MANAGED_LIMIT} managed policies to a role, and they need {managed} with the "
                f"role's own; {_WHAT_TO_DO}"
            )
        return problems

    def _inline(self) -> int:
        """Estimate the characters of the role's inline policies."""
        size = sum(policy_size(policy, policy.document) for policy in self._policies)
        for each in self._role.node.find_all():
            if isinstance(each, iam.CfnPolicy):
                size += policy_size(each, each.policy_document)
            elif isinstance(each, iam.CfnRole):
                own = stack_of(each).resolve(each.policies) or []
                size += sum(policy_size(each, policy["policyDocument"]) for policy in own)
        return size

    def _attached(self) -> int:
        """Count the role's managed policies."""
        number = self._managed
        for each in self._role.node.find_all():
            if isinstance(each, iam.CfnManagedPolicy):
                number += 1
            elif isinstance(each, iam.CfnRole):
                number += len(stack_of(each).resolve(each.managed_policy_arns) or [])
        return number
