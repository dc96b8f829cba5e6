"""The event rules that defined and imported jobs share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Unpack

import aws_cdk as cdk
from aws_cdk import aws_events as events

from cdk_sagemaker_optimization._lambda.optimization_job import contract

from .artifact import OptimizationArtifact
from .event_rule import RuleOptions, define_rule


class OptimizationJobBase(cdk.Resource):
    """A job whose status changes are events on the default event bus.

    SageMaker sends no events for optimization jobs. The provider follows every job that it has created,
    whether a deployment waits for it or not, and puts an event on the bus for each change of its status; see
    ``docs/events.md``.
    """

    @property
    @abstractmethod
    def artifact(self) -> OptimizationArtifact:
        """The artifact and how the job makes it, for whatever serves it."""

    def on_status_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for each change of the job's status.

        Each change is sent at least once, in order as far as EventBridge keeps it; ``SequenceNumber`` counts
        the changes. The provider looks at the job every minute or less often, and sends no event for a status
        that came and went between two looks.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, [], **options)

    def on_completed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for a job that has completed: its artifact is there.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, ["COMPLETED"], **options)

    def on_failed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for a job that ended without an artifact, because it failed or somebody stopped it.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, ["FAILED", "STOPPED"], **options)

    @abstractmethod
    def _in_events(self) -> dict[str, list[str]]:
        """Return the members of an event's detail that identify this job, with the values of each."""

    def _rule(self, id: str, statuses: list[str], **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for some statuses, or without any for all of them."""
        detail = self._in_events()
        if statuses:
            detail[contract.JOB_STATUS] = statuses
        return define_rule(
            self,
            id,
            source=contract.EVENT_SOURCE,
            detail_types=[contract.STATUS_CHANGE],
            detail=detail,
            options=options,
        )
