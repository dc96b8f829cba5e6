"""Rules for what happens to a job, as every construct of the CDK offers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from .status_change import SOURCE, STATUS_CHANGE


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
        """
        return self._rule(
            id,
            None,
            target=target,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )

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
        """
        return self._rule(
            id,
            ("COMPLETED",),
            target=target,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )

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
        """
        return self._rule(
            id,
            ("FAILED", "STOPPED"),
            target=target,
            description=description,
            event_pattern=event_pattern,
            rule_name=rule_name,
            cross_stack_scope=cross_stack_scope,
        )

    def _rule(
        self,
        id: str,
        statuses: Sequence[str] | None,
        *,
        target: events.IRuleTarget | None,
        description: str | None,
        event_pattern: events.EventPattern | None,
        rule_name: str | None,
        cross_stack_scope: Construct | None,
    ) -> events.Rule:
        detail = {name: [value] for name, value in self._in_events().items()}
        if statuses is not None:
            detail["OptimizationJobStatus"] = list(statuses)
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

    def _in_events(self) -> dict[str, Any]:
        """The members of an event's detail that tell this job from all others."""
        raise NotImplementedError
