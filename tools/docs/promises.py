"""The tables of docs/promises.md, out of the markers on the tests.

A test says what it holds, as often as it holds something:

    @pytest.mark.promise("Nothing leaks: the create is cancelled while the job runs")

The part before the colon is a heading of the page, the rest is a row of the table below it. Everything on the
page that is no row stays as it is.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.project import checkout

_TESTS = checkout.ROOT / "tests"

#: The columns of the tables, and where their tests are.
_COLUMNS = {"End to end": "end_to_end", "The function alone": "function"}

_HEAD = f"| What goes wrong | {' | '.join(_COLUMNS)} |"
_HEADING = re.compile(r"## \d+\. (.+)")
_ROW = re.compile(r"\| (.+?) \|.*`test_")


@dataclass(frozen=True)
class Marker:
    """A promise that a test holds.

    Attributes:
        promise: The heading on the page.
        row: What goes wrong.
        directory: The directory below tests/ that the test is in.
        test: The test's name.
    """

    promise: str
    row: str
    directory: str
    test: str


def markers(tests: Path = _TESTS) -> list[Marker]:
    """Every marker of the tests, by file and line.

    Raises:
        ValueError: a marker's text has no colon, or its test is in a directory without a column.
    """
    return [marker for path in sorted(tests.rglob("test_*.py")) for marker in _markers(path, tests)]


def render(page: str, tests: Path = _TESTS) -> str:
    """The page with the rows that the markers say.

    Rows keep their order; new ones come at the end of their table.

    Args:
        page: The page as it is.
        tests: The directory of the tests.

    Raises:
        ValueError: a marker names a promise that is no heading of the page, or no test holds a row any more.
    """
    held: defaultdict[str, defaultdict[str, list[Marker]]] = defaultdict(lambda: defaultdict(list))
    for marker in markers(tests):
        held[marker.promise][marker.row].append(marker)
    lines: list[str] = []
    promise = ""
    for line in [*page.splitlines(), "# end"]:
        if row := _ROW.match(line):
            if not (holders := held[promise].pop(row[1], None)):
                raise ValueError(f"no test has the marker '{promise}: {row[1]}'; mark one, or delete the row")
            lines.append(_row(row[1], holders))
            continue
        if lines and lines[-1].startswith("|") and not line.startswith("|"):
            lines += [_row(text, holders) for text, holders in held.pop(promise, {}).items()]
        if heading := _HEADING.match(line):
            promise = heading[1]
        lines.append(line)
    if unknown := [f"{promise}: {row}" for promise, rows in held.items() for row in rows]:
        raise ValueError(f"expected a heading and a table of the page before the colon, got {unknown}")
    return "\n".join(lines[:-1]) + "\n"


def _markers(path: Path, tests: Path) -> Iterator[Marker]:
    directory = path.relative_to(tests).parts[0]
    text = path.read_text(encoding="utf-8")
    if "pytest.mark.promise" not in text:
        return
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.promise":
                promise, colon, row = ast.literal_eval(decorator.args[0]).partition(": ")
                if not colon or directory not in _COLUMNS.values():
                    raise ValueError(
                        f"expected '<promise>: <what goes wrong>' on a test below "
                        f"tests/{' or tests/'.join(_COLUMNS.values())}, got {promise!r} on {node.name} "
                        f"in tests/{path.relative_to(tests)}"
                    )
                yield Marker(promise, row, directory, node.name)


def _row(text: str, holders: list[Marker]) -> str:
    cells = [
        ", ".join(f"`{marker.test}`" for marker in holders if marker.directory == directory)
        for directory in _COLUMNS.values()
    ]
    return f"| {text} | {' | '.join(cells)} |".replace("|  |", "| |")
