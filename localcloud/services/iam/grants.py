"""The grants of a role's policies, one by one, and those that were needed so far."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.services.iam.policy import Requested, allow_statements, applies
from localcloud.services.iam.roles import Role


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource, as a statement of a role's policies allows it.

    Attributes:
        role: The role's name.
        action: As the statement has it, perhaps with wildcards.
        resource: Likewise.
        condition: The statement's condition as JSON; empty without one.
    """

    role: str
    action: str
    resource: str
    condition: str = ""


class Needed:
    """The grants without which something would have been refused.

    What two grants allow needs neither of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: set[Grant] = set()

    def all(self) -> frozenset[Grant]:
        with self._lock:
            return frozenset(self._grants)

    def note(self, role: Role, requested: Requested) -> None:
        """A role's policies have allowed something."""
        allowing = {
            clause.grant
            for clause in _clauses(_name(role), tuple(role.policies))
            if applies(clause.statement, requested)
        }
        if len(allowing) == 1:
            with self._lock:
                self._grants |= allowing

    def clear(self) -> None:
        with self._lock:
            self._grants.clear()


def grants_of(role: Role) -> frozenset[Grant]:
    """Every grant of a role's policies."""
    return frozenset(clause.grant for clause in _clauses(_name(role), tuple(role.policies)))


@dataclass(frozen=True)
class _Clause:
    """A grant, and a statement that makes it and no other."""

    grant: Grant
    statement: Mapping[str, Any]


@functools.lru_cache(maxsize=500)
def _clauses(role_name: str, policies: tuple[str, ...]) -> list[_Clause]:
    return [
        _Clause(
            Grant(role_name, action, resource, _condition(statement)),
            {**statement, "Action": action, "Resource": resource},
        )
        for statement in allow_statements(policies)
        for action in _list(statement.get("Action", ()))
        for resource in _list(statement.get("Resource", ()))
    ]


def _condition(statement: Mapping[str, Any]) -> str:
    return json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""


def _name(role: Role) -> str:
    return role.arn.rpartition("/")[2]


def _list(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
