"""The tables of `docs/security.md` that say what auditors find, and what to do about it."""

from __future__ import annotations

import re

from tests.project import checkout


def props_of_rules() -> dict[str, set[str]]:
    """cdk-nag's rules, without their packs, and the props that remove their findings: ``Class.prop``."""
    return {
        rule: set(re.findall(r"`(\w+\.\w+)`", answer)) for rule, answer in _table("Rule of cdk-nag").items()
    }


def checkov_checks() -> dict[str, str]:
    """Checkov's checks that fail in an example, and why that is so."""
    return _table("Check of Checkov")


def _table(first_column: str) -> dict[str, str]:
    """The rows of the table whose first column has this name; the keys are in backticks."""
    document = (checkout.ROOT / "docs" / "security.md").read_text()
    _, found, rest = document.partition(f"| {first_column} |")
    if not found:
        raise ValueError(f"docs/security.md must have a table whose first column is {first_column!r}")
    rows: dict[str, str] = {}
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, _, answer = line.strip("| ").partition(" | ")
        rows[name.strip("` ")] = answer
    return rows
