"""The input of a target: the event, a part of it, a constant, or a template filled in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jsonpath_ng.parser import parse

from localcloud.services.events.rules import MatchingRule

_PLACEHOLDER = re.compile(r"<([^<>\s]+)>")


def target_input(
    target: Mapping[str, Any], rule: MatchingRule, event: Mapping[str, Any], now: datetime
) -> str:
    """Return the text that a target gets, which is JSON unless a template says otherwise."""
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if (path := target.get("InputPath")) is not None:
        return json.dumps(_at(path, event))
    if (transformer := target.get("InputTransformer")) is not None:
        values = _predefined(rule, event, now) | {
            name: _at(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()
        }
        return _filled_in(transformer["InputTemplate"], values)
    return json.dumps(event)


def _predefined(rule: MatchingRule, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _at(path: str, event: Mapping[str, Any]) -> Any:
    """Return the value at a JSON path; None if nothing is there."""
    found = [match.value for match in _parsed(path).find(event)]
    return (found[0] if len(found) == 1 else found) if found else None


@functools.lru_cache(maxsize=1000)
def _parsed(path: str) -> Any:
    return parse(path)


def _filled_in(template: str, values: Mapping[str, Any]) -> str:
    """A template with values in place of names: as JSON where JSON is wanted, as text within a string."""
    stripped = template.strip()
    is_json = stripped.startswith(("{", "[", '"')) or _PLACEHOLDER.fullmatch(stripped) is not None
    filled = ""
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        filled += template[end : match.start()]
        end = match.end()
        if match[1] not in values:
            filled += match[0]
        elif not is_json:
            filled += _as_text(values[match[1]])
        elif _ends_within_string(filled):
            filled += json.dumps(_as_text(values[match[1]]))[1:-1]
        else:
            filled += json.dumps("" if values[match[1]] is None else values[match[1]])
    return filled + template[end:]


def _ends_within_string(text: str) -> bool:
    return len(re.findall(r'(?<!\\)(?:\\\\)*"', text)) % 2 == 1


def _as_text(value: Any) -> str:
    """Nothing for what is not there."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
