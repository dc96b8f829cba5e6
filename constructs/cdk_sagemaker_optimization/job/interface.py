"""What every job is to those who use it, wherever it was defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

if TYPE_CHECKING:
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
        """S3 URI of the job's artifact: a prefix that ends in a slash, unless the output is ``exact``."""
        ...

    @property
    def grants(self) -> OptimizationJobGrants:
        """Permissions on the job and on what it makes."""
        ...

    def on_status_change(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for each change of the job's status.

        Args:
            id: the rule's id.
            target: what to do. More can be added to the rule. Default: nothing.
            description: what the rule is for. Default: none.
            event_pattern: what an event must match as well. Default: nothing.
            rule_name: the rule's name. Default: CloudFormation makes one.
            cross_stack_scope: where the rule belongs if its target is in another stack. Default: the job.

        Raises:
            ValueError: an ``event_pattern`` for a member that the rule has a pattern for itself.
        """
        ...

    def on_completed(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for a job that has completed.

        Args:
            id: the rule's id.
            target: what to do. More can be added to the rule. Default: nothing.
            description: what the rule is for. Default: none.
            event_pattern: what an event must match as well. Default: nothing.
            rule_name: the rule's name. Default: CloudFormation makes one.
            cross_stack_scope: where the rule belongs if its target is in another stack. Default: the job.

        Raises:
            ValueError: an ``event_pattern`` for a member that the rule has a pattern for itself.
        """
        ...

    def on_failed(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for a job that failed or was stopped.

        Args:
            id: the rule's id.
            target: what to do. More can be added to the rule. Default: nothing.
            description: what the rule is for. Default: none.
            event_pattern: what an event must match as well. Default: nothing.
            rule_name: the rule's name. Default: CloudFormation makes one.
            cross_stack_scope: where the rule belongs if its target is in another stack. Default: the job.

        Raises:
            ValueError: an ``event_pattern`` for a member that the rule has a pattern for itself.
        """
        ...
