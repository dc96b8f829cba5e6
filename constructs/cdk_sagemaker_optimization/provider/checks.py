"""Checks of a provider: its environment, its use, and the room on its role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized

import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.access.policy_size import INLINE_LIMIT, statements_size
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import account_of, region_of

from .job_permissions import FIXED, JobPermissions

# The most characters of the statements for another stack's jobs, without their roles.
_ANOTHER_STACK = 850


@jsii.implements(IValidation)
class RoomForStacks:
    """Checks at synthesis that the function's role has room for the policies of all stacks that share it.

    Args:
        provider: the provider of the function.
        beside: the statements that the role has because of the provider's props.
        permissions: the permissions for the jobs of each stack, where more stacks may be added.
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
        """Find that the policies are too large."""
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


def check_environment(provider: IConstruct, job: IConstruct) -> None:
    """Check that a provider is in the account and Region of a job, a model or a verification.

    CloudFormation invokes the function of a custom resource in the stack's own Region, and the function
    creates jobs in its own account.

    Raises:
        ValueError: it is in another account or Region, as far as both are known.
    """
    for what, wanted, got in (
        ("account", account_of(job), account_of(provider)),
        ("Region", region_of(job), region_of(provider)),
    ):
        if wanted != got and not is_unresolved(wanted) and not is_unresolved(got):
            raise ValueError(
                f"the provider of {job.node.path} must be in its {what}, {wanted}, got {got} of "
                f"{provider.node.path}: define an OptimizationJobProvider there, or leave provider out"
            )


@jsii.implements(IValidation)
class IdleProvider:
    """Warns at synthesis about a provider that serves no job, while its stack has another provider.

    Its user expects that the jobs of the stack use it.

    Args:
        provider: the provider.
        served: the stacks that it serves, where more may be added.
        first: returns the stack's provider.
    """

    def __init__(self, provider: IConstruct, served: Sized, first: Callable[[], IConstruct | None]) -> None:
        self._provider = provider
        self._served = served
        self._first = first

    def validate(self) -> list[str]:
        """Warn. There is never an error."""
        first = self._first()
        if first is not None and first is not self._provider and not self._served:
            path = self._provider.node.path
            warn(
                self._provider,
                "idleProvider",
                f"the provider {path} serves no job, because {first.node.path} was defined before it and "
                "is the stack's: call OptimizationJobProvider.for_stack(…) before the stack's first job, or "
                "give this one to jobs as provider",
            )
        return []
