"""docs/promises.md names tests that there are, in the places where it says they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_DOCUMENT = (_ROOT / "docs" / "promises.md").read_text()
_NAME = re.compile(r"`(test_\w+)`")


def names_in(directory: str) -> set[str]:
    """The names of the tests of a directory."""
    sources = (path.read_text() for path in (_ROOT / "tests" / directory).glob("test_*.py"))
    return {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}


def rows() -> list[list[str]]:
    """The cells of every row that names a test."""
    lines = [line for line in _DOCUMENT.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if _NAME.search(line)]


@pytest.mark.parametrize(("column", "directory"), [(1, "end_to_end"), (2, "function")])
def test_each_test_that_is_named_in_a_table_exists_where_its_column_says(column: int, directory: str) -> None:
    named = {name for row in rows() for name in _NAME.findall(row[column])}
    assert len(named) > 20
    assert named - names_in(directory) == set()


def test_each_test_that_is_named_outside_of_the_tables_exists() -> None:
    prose = "\n".join(line for line in _DOCUMENT.splitlines() if not line.startswith("| "))
    known = names_in("end_to_end") | names_in("function") | names_in("model")
    assert set(_NAME.findall(prose)) - known == set()


def test_each_line_of_a_promise_is_held_by_a_test() -> None:
    lines = [line for line in _DOCUMENT.splitlines() if line.startswith("| ")]
    headings = [line for line in lines if line.endswith("| The function alone |")]
    assert len(headings) == 6
    assert len(rows()) == len(lines) - len(headings)
