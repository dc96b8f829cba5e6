"""How many stacks may share one function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.access.policy_size import INLINE_LIMIT, statements_size

from .job_permissions import FIXED, JobPermissions

# The statements of another stack's jobs without their roles are less than this.
_ANOTHER_STACK = 850


@jsii.implements(IValidation)
class RoomForStacks:
    """Checks at synthesis that the policies of all stacks fit into the role of the function that they share.

    Args:
        provider: the provider of the function.
        beside: the statements that the role has because of how the provider is configured.
        permissions: the permissions for the jobs of each stack, which may become more.
    """

    def __init__(
        self,
        provider: IConstruct,
        beside: Sequence[iam.PolicyStatement],
        permissions: Mapping[str, JobPermissions],
    ) -> None:
        self._provider = provider
        self._beside = beside
        self._permissions = permissions

    def validate(self) -> list[str]:
        """What is wrong."""
        stacks = len(self._permissions)
        size = FIXED + statements_size(self._provider, self._beside) + (stacks - 1) * _ANOTHER_STACK
        size += sum(item.size for item in self._permissions.values())
        if stacks < 2 or size <= INLINE_LIMIT:
            return []
        return [
            (
                f"the function's role has no room for the jobs of {stacks} stacks: IAM takes {INLINE_LIMIT} "
                f"characters of policies, and they make about {size}; give some of the stacks a provider of "
                "their own"
            )
        ]
