"""The rules of moto that match an event.

Seam into moto (5.2): its patterns match, but it neither asks whether a rule is disabled, nor whether it has a
pattern at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.kernel.moto_app import backend


@dataclass(frozen=True)
class MatchingRule:
    """A rule that an event matches.

    Attributes:
        targets: As they were given to PutTargets.
    """

    name: str
    arn: str
    targets: tuple[Mapping[str, Any], ...]


def check_bus(bus: str, region: str) -> None:
    """Raise ApiError if there is no bus of this name."""
    if bus not in backend("events", region).event_buses:
        raise ApiError("ResourceNotFoundException", f"Event bus {bus} does not exist.")


def matching_rules(bus: str, event: Mapping[str, Any], region: str) -> list[MatchingRule]:
    """The enabled rules of a bus whose pattern an event matches."""
    rules: dict[str, Any] = backend("events", region).event_buses[bus].rules
    return [
        MatchingRule(rule.name, rule.arn, tuple(rule.targets))
        for rule in list(rules.values())
        if rule.state != "DISABLED" and _matches(rule.event_pattern, event)
    ]


def _matches(pattern: Any, event: Mapping[str, Any]) -> bool:
    return bool(pattern.get_pattern()) and bool(pattern.matches_event(event))
