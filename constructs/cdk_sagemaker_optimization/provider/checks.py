"""Checks of a provider at synthesis: its place, its use, and the room on its role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.access.policy_size import INLINE_LIMIT, statements_size
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn

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


def check_environment(provider: IConstruct, job: IConstruct) -> None:
    """Whether the function of a provider can be asked for a job.

    CloudFormation invokes the function of a custom resource in the stack's own Region, and the function makes
    jobs in its own account.

    Raises:
        ValueError: a job of another account or Region than the provider's, as far as both are known.
    """
    ours, theirs = cdk.Stack.of(job), cdk.Stack.of(provider)
    for what, wanted, got in (
        ("account", ours.account, theirs.account),
        ("Region", ours.region, theirs.region),
    ):
        if wanted != got and not is_unresolved(wanted) and not is_unresolved(got):
            raise ValueError(
                f"the provider of {job.node.path} must be in the {what} of the job, {wanted}, got {got} of "
                f"{provider.node.path}: make an OptimizationJobProvider there, or leave provider out"
            )


@jsii.implements(IValidation)
class IdleProvider:
    """Warns at synthesis of a provider that serves no job, while the jobs of its stack have another one.

    Somebody configured it, and would believe that its settings are those of the jobs.

    Args:
        provider: the provider.
        served: the stacks that it serves, which may become more.
        first: finds the provider of those jobs of the stack that were given none.
    """

    def __init__(self, provider: IConstruct, served: Sized, first: Callable[[], IConstruct | None]) -> None:
        self._provider = provider
        self._served = served
        self._first = first

    def validate(self) -> list[str]:
        """Warn, and find no error."""
        first = self._first()
        if first is not None and first is not self._provider and not self._served:
            path = self._provider.node.path
            warn(
                self._provider,
                "idleProvider",
                f"the provider {path} serves no job, because {first.node.path} was there before it and is "
                "the stack's: make it before the stack's first job, or give it to jobs as provider",
            )
        return []
