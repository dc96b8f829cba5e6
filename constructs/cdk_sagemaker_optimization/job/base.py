"""Rules for what happens to a job, as every construct of the CDK offers them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_sagemaker_optimization.provider.status_change import SOURCE, STATUS_CHANGE


class OptimizationJobEvents(cdk.Resource):
    """What can be heard of a job, from the default event bus.

    SageMaker sends no event for optimization jobs. The provider follows every job that it has created,
    whether a deployment waits for it or not, and puts an event on the bus for each change of its status; see
    ``docs/events.md``.
    """

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

        Each change is told at least once, in order as far as EventBridge keeps it; ``SequenceNumber`` counts
        them. Statuses that passed between two looks, a minute or more apart, are not told.

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
        detail = self._in_events()
        _leave_to_the_rule(id, event_pattern, source=[SOURCE], detail_type=[STATUS_CHANGE], detail=detail)
        rule = events.Rule(
            cross_stack_scope or self,
            id,
            description=description,
            rule_name=rule_name,
            event_pattern=event_pattern,
            targets=None if target is None else [target],
        )
        rule.add_event_pattern(source=[SOURCE], detail_type=[STATUS_CHANGE], detail=detail)
        return rule

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
        """A rule for a job that has completed: its artifact is there.

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
        statuses = {"OptimizationJobStatus": ["COMPLETED"]}
        _leave_to_the_rule(id, event_pattern, detail=statuses)
        rule = self.on_status_change(
            id,
            target=target,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )
        rule.add_event_pattern(detail=statuses)
        return rule

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
        """A rule for a job that has ended without an artifact: it failed, or it was stopped, by whomever and
        for whatever reason.

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
        statuses = {"OptimizationJobStatus": ["FAILED", "STOPPED"]}
        _leave_to_the_rule(id, event_pattern, detail=statuses)
        rule = self.on_status_change(
            id,
            target=target,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )
        rule.add_event_pattern(detail=statuses)
        return rule

    @abstractmethod
    def _in_events(self) -> dict[str, list[str]]:
        """The members of an event's detail that tell this job from all others, with the values of each."""


def _leave_to_the_rule(id: str, event_pattern: events.EventPattern | None, **own: Any) -> None:
    """Refuse a pattern for what a rule matches by itself.

    Of two patterns for one member the CDK makes one that matches both. So the rule would hear of more, and
    not of less.
    """
    if event_pattern is None:
        return
    theirs, ours = _members(event_pattern), _members(events.EventPattern(**own))
    for member in ours:
        if theirs.get(member, ours[member]) != ours[member]:
            raise ValueError(
                f"the event_pattern of {id} must be without {member}, because the rule would match that and "
                f"its own, got {theirs[member]!r}: leave it out, or for other statuses use on_status_change"
            )


def _members(pattern: events.EventPattern | Mapping[str, Any]) -> dict[str, Any]:
    """What a pattern says of each member. As everywhere in the CDK, a mapping may stand for it."""
    given = events.EventPattern(**pattern) if isinstance(pattern, Mapping) else pattern
    members = {"source": given.source, "detail_type": given.detail_type}
    members |= {f"detail.{name}": value for name, value in (given.detail or {}).items()}
    return {name: value for name, value in members.items() if value is not None}
