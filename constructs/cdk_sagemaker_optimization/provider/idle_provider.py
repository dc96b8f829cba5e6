"""A provider that was made too late."""

from __future__ import annotations

from collections.abc import Callable, Sized

import jsii
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.checks.warnings import warn


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
