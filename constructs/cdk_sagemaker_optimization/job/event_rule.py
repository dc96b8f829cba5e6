"""Rules for events on the default event bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from aws_cdk import aws_events as events
from constructs import Construct


class RuleOptions(TypedDict, total=False):
    """Options of an event rule, as every ``on_…`` method of the CDK takes them."""

    #: The target of the events. More can be added to the rule. Default: none.
    target: events.IRuleTarget | None
    #: The rule's description. Default: none.
    description: str | None
    #: A pattern that an event must match as well. Default: none.
    event_pattern: events.EventPattern | None
    #: The rule's name. Default: CloudFormation makes one.
    rule_name: str | None
    #: The scope of the rule, for a target in another stack. Default: the construct whose events they are.
    cross_stack_scope: Construct | None


def define_rule(
    scope: Construct,
    id: str,
    *,
    source: str,
    detail_types: Sequence[str],
    detail: Mapping[str, Sequence[str]],
    options: RuleOptions,
) -> events.Rule:
    """Define a rule for events.

    Args:
        scope: the construct whose events they are.
        id: the rule's id.
        source: the source of the events.
        detail_types: the types of the events.
        detail: the members of an event's detail, with the values of each.
        options: the options of the user.

    Raises:
        ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
    """
    own: dict[str, Any] = {
        "source": [source],
        "detail_type": list(detail_types),
        "detail": {member: list(values) for member, values in detail.items()},
    }
    event_pattern, target = options.get("event_pattern"), options.get("target")
    _check_pattern(id, event_pattern, own)
    rule = events.Rule(
        options.get("cross_stack_scope") or scope,
        id,
        description=options.get("description"),
        rule_name=options.get("rule_name"),
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
