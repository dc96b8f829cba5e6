"""docs/security.md names tests that exist."""

from __future__ import annotations

import re

from tests.project import checkout

DOCUMENT = (checkout.ROOT / "docs" / "security.md").read_text()


def test_every_test_that_holds_a_claim_exists() -> None:
    claimed = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    sources = "\n".join(path.read_text() for path in (checkout.ROOT / "tests").rglob("test_*.py"))
    existing = set(re.findall(r"def (test_\w+)", sources))
    assert len(claimed) > 10
    assert sorted(claimed - existing) == []


def test_every_threat_is_held_by_a_test() -> None:
    _, _, threats = DOCUMENT.partition("| Threat |")
    rows = [line for line in threats.partition("\n\n")[0].splitlines()[2:] if line.startswith("|")]
    assert [row for row in rows if "`test_" not in row] == []
