"""Policy documents: the statements that apply to a request, and their decision."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from localcloud.kernel.permissions import Context
from localcloud.services.iam.conditions import all_hold
from localcloud.services.iam.wildcards import matches

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}


class Effect(Enum):
    """The decision of policies together. An explicit deny overrules everything."""

    ALLOW = "Allow"
    DENY = "Deny"
    NEUTRAL = "Neutral"


@dataclass(frozen=True)
class Requested:
    """An action that needs a permission.

    Attributes:
        principals: The names of the caller that a resource's policy may use (ARNs, account, service).
    """

    action: str
    resource: str
    context: Mapping[str, Sequence[str]]
    principals: frozenset[str] = frozenset()


def normalized(context: Context) -> dict[str, Sequence[str]]:
    """Condition keys in lower case (they have no case), all values as lists."""
    return {key.lower(): [value] if isinstance(value, str) else list(value) for key, value in context.items()}


def evaluate(documents: Iterable[str | Mapping[str, Any]], request: Requested) -> Effect:
    """Return the decision of some policies about a request.

    Raises:
        UnknownOperator: A statement that would apply has an unknown condition operator.
    """
    effect = Effect.NEUTRAL
    for document in documents:
        for statement in _statements(document):
            if applies(statement, request):
                if statement["Effect"] == "Deny":
                    return Effect.DENY
                effect = Effect.ALLOW
    return effect


def _statements(document: str | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parsed: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return _list(parsed.get("Statement"))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def allow_statements(documents: Iterable[str | Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The statements of some policies that allow something."""
    for document in documents:
        yield from (statement for statement in _statements(document) if statement["Effect"] == "Allow")


def applies(statement: Mapping[str, Any], request: Requested) -> bool:
    """Return whether a statement applies to a request."""
    return (
        _principal_fits(statement, request)
        and _action_fits(statement, request.action)
        and _resource_fits(statement, request)
        and all_hold(_conditions(statement, request), request.context)
    )


def _action_fits(statement: Mapping[str, Any], action: str) -> bool:
    negated = "NotAction" in statement
    patterns = _list(statement["NotAction" if negated else "Action"])
    return any(matches(pattern, action, ignore_case=True) for pattern in patterns) is not negated


def _resource_fits(statement: Mapping[str, Any], request: Requested) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        # A trust policy's statements have none.
        return True
    negated = "NotResource" in statement
    patterns = (
        _filled_in(pattern, request) for pattern in _list(statement["NotResource" if negated else "Resource"])
    )
    return (
        any(pattern is not None and matches(pattern, request.resource) for pattern in patterns) is not negated
    )


def _principal_fits(statement: Mapping[str, Any], request: Requested) -> bool:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return True
    negated = "NotPrincipal" in statement
    principal = statement["NotPrincipal" if negated else "Principal"]
    if principal == "*":
        return not negated
    named = [value for values in principal.values() for value in _list(values)]
    return any(name == "*" or name in request.principals for name in named) is not negated


def _conditions(statement: Mapping[str, Any], request: Requested) -> dict[str, dict[str, list[str]]]:
    """The condition block with all values as lists of strings."""
    return {
        operator: {
            key: [
                filled for value in _list(values) if (filled := _filled_in(_text(value), request)) is not None
            ]
            for key, values in conditions.items()
        }
        for operator, conditions in statement.get("Condition", {}).items()
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled_in(pattern: str, request: Requested) -> str | None:
    """A pattern with its policy variables replaced; None if the request lacks one: then nothing can match."""
    for name in _VARIABLE.findall(pattern):
        if name in _LITERALS:
            continue
        values = request.context.get(name.lower())
        if not values:
            return None
        pattern = pattern.replace("${" + name + "}", values[0])
    return pattern
