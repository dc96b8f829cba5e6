"""How many stacks may share one function."""

from __future__ import annotations

from collections.abc import Mapping

import jsii
from constructs import IValidation

from .job_permissions import FIXED, INLINE_LIMIT, JobPermissions

# The statements of another stack's jobs without their roles are less than this.
_ANOTHER_STACK = 850


@jsii.implements(IValidation)
class RoomForStacks:
    """Checks at synthesis that the policies of all stacks fit into the role of the function that they share.

    Args:
        permissions: the permissions for the jobs of each stack, which may become more.
    """

    def __init__(self, permissions: Mapping[str, JobPermissions]) -> None:
        self._permissions = permissions

    def validate(self) -> list[str]:
        """What is wrong."""
        stacks = len(self._permissions)
        size = FIXED + (stacks - 1) * _ANOTHER_STACK + sum(item.size for item in self._permissions.values())
        if stacks < 2 or size <= INLINE_LIMIT:
            return []
        return [
            (
                f"the function's role has no room for the jobs of {stacks} stacks: IAM takes {INLINE_LIMIT} "
                f"characters of policies, and they make about {size}; give some of the stacks a provider of "
                "their own"
            )
        ]
