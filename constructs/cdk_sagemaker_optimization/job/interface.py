"""The interface of every optimization job, wherever it was defined."""

from __future__ import annotations

from typing import Protocol, Unpack

import aws_cdk as cdk
from aws_cdk import aws_events as events

from .event_rule import RuleOptions
from .grants import OptimizationJobGrants


class IOptimizationJob(cdk.IResource, Protocol):
    """An optimization job of Amazon SageMaker."""

    @property
    def optimization_job_name(self) -> str:
        """The job's name."""
        ...

    @property
    def optimization_job_arn(self) -> str:
        """The job's ARN."""
        ...

    @property
    def output_location(self) -> str:
        """S3 URI of the job's artifact, a prefix that ends in a slash unless the output is ``exact``."""
        ...

    @property
    def grants(self) -> OptimizationJobGrants:
        """Permissions on the job and its artifact."""
        ...

    def on_status_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for each change of the job's status.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        ...

    def on_completed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for a job that has completed.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        ...

    def on_failed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for a job that failed or was stopped.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        ...
