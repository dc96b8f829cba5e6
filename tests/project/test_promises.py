"""docs/promises.md names tests that there are. `test_generated_documents.py` looks at its tables."""

from __future__ import annotations

import re
from collections import Counter

from tests.project import checkout
from tools.docs import promises

_DOCUMENT = (checkout.ROOT / "docs" / "promises.md").read_text()
_NAME = re.compile(r"`(test_\w+)`")


def test_each_test_that_is_named_outside_of_the_tables_exists() -> None:
    prose = "\n".join(line for line in _DOCUMENT.splitlines() if not line.startswith("| "))
    sources = [path.read_text() for path in (checkout.ROOT / "tests").rglob("test_*.py")]
    known = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    named = set(_NAME.findall(prose))
    assert named
    assert named - known == set()


def test_each_promise_is_held_by_tests_of_both_kinds() -> None:
    headings = set(re.findall(r"^## \d+\. (.+)$", _DOCUMENT, re.MULTILINE))
    held = Counter((marker.promise, marker.directory) for marker in promises.markers())
    assert len(headings) == 6
    assert {(heading, kind) for heading in headings for kind in ("end_to_end", "function")} == set(held)
