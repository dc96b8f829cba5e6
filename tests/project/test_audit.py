"""`make audit` says nothing good of what it could not read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import audit_tables
from tools import audit


def report(*, parsing_errors: int) -> dict[str, Any]:
    """What Checkov says if it finds what docs/security.md explains, and nothing else."""
    found = {"file_path": "a", "resource": "b", "check_name": "c"}
    return {
        "results": {"failed_checks": [{"check_id": id, **found} for id in audit_tables.checkov_checks()]},
        "summary": {"checkov_version": "3", "passed": 1, "failed": 1, "parsing_errors": parsing_errors},
    }


@pytest.mark.parametrize(("unread", "result"), [(0, 0), (1, 1)])
def test_a_template_that_could_not_be_read_is_no_success(
    monkeypatch: pytest.MonkeyPatch, unread: int, result: int
) -> None:
    monkeypatch.setattr(audit, "_templates", lambda _directory: [])
    monkeypatch.setattr(audit, "_checkov", lambda _templates: report(parsing_errors=unread))
    monkeypatch.setattr(audit, "_has_no_known_vulnerability", lambda _pins: True)
    assert audit.main() == result
