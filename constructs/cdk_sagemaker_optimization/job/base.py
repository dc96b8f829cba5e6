"""The event rules that defined and imported jobs share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Unpack

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract

from .artifact import OptimizationArtifact
from .interface import RuleOptions


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

    def _rule(
        self,
        id: str,
        statuses: list[str],
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """Define a rule for some statuses, or without any for all of them."""
        detail = self._in_events()
        if statuses:
            detail[contract.JOB_STATUS] = statuses
        own: dict[str, Any] = {
            "source": [contract.EVENT_SOURCE],
            "detail_type": [contract.STATUS_CHANGE],
            "detail": detail,
        }
        _check_pattern(id, event_pattern, own)
        rule = events.Rule(
            cross_stack_scope or self,
            id,
            description=description,
            rule_name=rule_name,
            event_pattern=event_pattern,
            targets=None if target is None else [target],
        )
        rule.add_event_pattern(**own)
        return rule


def _check_pattern(id: str, event_pattern: events.EventPattern | None, own: Mapping[str, Any]) -> None:
    """Refuse a pattern for a member that the rule itself has a pattern for.

    The CDK joins two patterns for one member into one that matches both, so the rule would match more events
    and not fewer.
    """
    if event_pattern is None:
        return
    theirs, ours = _members(event_pattern), _members(own)
    for member in ours:
        if theirs.get(member, ours[member]) != ours[member]:
            raise ValueError(
                f"the event_pattern of {id} must be without {member}, because the rule would match that and "
                f"its own, got {theirs[member]!r}: leave it out, or for other statuses use on_status_change"
            )


def _members(pattern: events.EventPattern | Mapping[str, Any]) -> dict[str, Any]:
    """Return the pattern of each member.

    As everywhere in the CDK, a mapping may stand for an ``EventPattern``.
    """
    given = events.EventPattern(**pattern) if isinstance(pattern, Mapping) else pattern
    members = {"source": given.source, "detail_type": given.detail_type}
    members |= {f"detail.{name}": value for name, value in (given.detail or {}).items()}
    return {name: value for name, value in members.items() if value is not None}
