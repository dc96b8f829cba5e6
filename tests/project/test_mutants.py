"""`make mutants` says which small changes no test notices, and which of these somebody has explained."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import parso
import pytest

from tests.project import checkout
from tools.mutants import __main__ as survey
from tools.mutants import sessions
from tools.mutants.explained import explained, reasons
from tools.mutants.names import Mutant, mutants, shown
from tools.mutants.operators.deciding_room_operators import Operators

CODE = checkout.ROOT / "lambda" / "optimization_job"

DIFF = """\
--- mutation diff ---
--- a/lambda/optimization_job/waiting.py
+++ b/lambda/optimization_job/waiting.py
@@ -8,9 +8,7 @@
 def pause(asked):
-    if (
-        asked is not None
-        and asked > 0
-    ):
+    if asked is not None:
         return asked
     return 1
"""

SOURCE = '''
"""Says how long."""

def pause(asked: int | None, patient: bool) -> int:
    """Seconds."""
    if asked is not None and not patient and asked in (1, 2):
        return min(asked, limit=60, unit="second")
    return 1
'''


def tried(
    *, line: int, diff: str = DIFF, worker: str = "normal", outcome: str | None = "killed"
) -> list[dict[str, Any]]:
    """A line of `cosmic-ray dump`."""
    change = {
        "module_path": "lambda/optimization_job/waiting.py",
        "start_pos": [line, 7],
        "operator_name": "room/LeaveOneOut",
        "occurrence": 0,
        "definition_name": "pause",
    }
    return [
        {"job_id": "id", "mutations": [change]},
        {"worker_outcome": worker, "test_outcome": outcome, "diff": diff, "output": "said"},
    ]


def dump(*items: list[Any]) -> str:
    return "".join(f"{json.dumps(item)}\n" for item in items)


def alternatives(operator: str) -> list[str]:
    """The code that an operator puts in the place of each expression of SOURCE."""
    return [
        f"{node.get_code(include_prefix=False)} -> {other}"
        for node in nodes(parso.parse(SOURCE))  # type: ignore[no-untyped-call]
        for other in Operators()[operator]().alternatives(node)
    ]


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", ()):
        yield from nodes(child)


def test_a_change_is_named_by_its_file_its_function_and_the_lines_that_differ() -> None:
    (mutant,) = mutants(dump(tried(line=9)))
    assert mutant.name == (
        "waiting.py, pause: if ( asked is not None and asked > 0 ): -> if asked is not None:"
    )


def test_a_name_does_not_depend_on_the_line_numbers() -> None:
    assert shown(DIFF.replace("@@ -8,9 +8,7 @@", "@@ -80,9 +80,7 @@")) == shown(DIFF)


def test_a_line_that_is_left_out_becomes_nothing() -> None:
    assert (
        shown("--- a\n+++ b\n@@ -1,3 +1,1 @@\n-\n-    @property\n def left(self):\n")
        == "@property -> nothing"
    )


def test_equal_changes_of_one_function_are_told_apart() -> None:
    found = mutants(dump(tried(line=20, outcome="survived"), tried(line=9)))
    assert [(mutant.name[-4:], mutant.survived) for mutant in found] == [("one:", False), (" (2)", True)]


def test_a_change_that_is_left_out_is_not_counted() -> None:
    assert mutants(dump(tried(line=9, worker="skipped", outcome=None))) == []


@pytest.mark.parametrize(
    "item", [tried(line=9, worker="exception", outcome="incompetent"), [tried(line=9)[0], None]]
)
def test_a_change_that_was_not_tried_is_not_called_noticed(item: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"waiting\.py was not tested"):
        mutants(dump(item))


@pytest.mark.parametrize(
    ("expected", "result", "line"),
    [
        ({"b"}, 0, "2 changes: 1 noticed, 1 explained in explained.toml, 0 neither"),
        (set(), 1, "2 changes: 1 noticed, 0 explained in explained.toml, 1 neither"),
        ({"a", "b"}, 1, "noticed, so remove it from explained.toml: a"),
    ],
)
def test_a_survivor_is_explained_and_nothing_else_is(
    capsys: pytest.CaptureFixture[str], expected: set[str], result: int, line: str
) -> None:
    assert (
        survey.report([Mutant("1", "a", survived=False), Mutant("2", "b", survived=True)], expected) == result
    )
    assert line in capsys.readouterr().out.splitlines()


def test_what_is_explained_of_another_file_is_not_looked_for() -> None:
    (reason,) = reasons(
        '[[reason]]\nheading = "h"\nwhy = "w"\nchanges = ["a.py, f: 1 -> 2", "b.py, f: 1 -> 2"]'
    )
    assert explained(["a.py"], [reason]) == {"a.py, f: 1 -> 2"}


def test_only_changes_of_code_that_is_there_are_explained() -> None:
    changes = [change for reason in reasons() for change in reason.changes]
    assert len(changes) > 20
    assert [change for change in changes if not is_there(change)] == []


def is_there(line: str) -> bool:
    match = re.fullmatch(r"(\S+), ([\w ]+): (.+?) -> .*", line)
    assert match, line
    file, function, before = match.groups()
    code = " ".join((CODE / file).read_text().split())
    return before in code and (function == "the module" or re.search(rf"\b{function}\b", code) is not None)


def test_an_operand_a_condition_a_result_and_a_text_are_changed_and_no_docstring() -> None:
    assert alternatives("LeaveOneOut") == [
        "asked is not None and not patient and asked in (1, 2) -> not patient and asked in (1, 2)",
        "asked is not None and not patient and asked in (1, 2) -> asked is not None and asked in (1, 2)",
        "asked is not None and not patient and asked in (1, 2) -> asked is not None and not patient",
        "1, 2 -> 2,",
        "1, 2 -> 1,",
        'asked, limit=60, unit="second" -> asked, unit="second",',
        'asked, limit=60, unit="second" -> asked, limit=60,',
    ]
    condition = "asked is not None and not patient and asked in (1, 2)"
    assert alternatives("DecideBefore") == [f"{condition} -> True", f"{condition} -> False"]
    assert alternatives("ReturnNothing") == [
        'min(asked, limit=60, unit="second") -> None',
        "1 -> None",
    ]
    assert alternatives("AnotherText") == ['"second" -> ""']
    assert alternatives("SwapIn") == ["in -> not in"]


def test_the_copy_is_what_is_tested_and_the_checkout_stays_as_it_is(tmp_path: Path) -> None:
    file = "lambda/optimization_job/deciding/job.py"
    source = (checkout.ROOT / file).read_text()
    copy = sessions.copy_of_the_checkout(tmp_path / "copy")
    (copy / file).write_text('raise RuntimeError("the copy was changed")\n')
    result = subprocess.run(
        ["python", "-m", "pytest", "-x", "-q", "tests/function/deciding/test_job.py"],
        cwd=copy,
        env=sessions.ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "the copy was changed" in result.stderr + result.stdout
    assert (checkout.ROOT / file).read_text() == source


def test_nothing_is_said_if_the_tests_fail_without_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for program, does in (
        ("cosmic-ray", '[ "$1" = init ] && touch "$3" || { echo "a test fails" >&2; exit 1; }'),
        ("cr-filter-operators", ""),
    ):
        (tmp_path / program).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setattr(sessions, "_change", lambda *_arguments: None)
    monkeypatch.setattr(sessions, "BIN", tmp_path)
    monkeypatch.setattr(sessions, "BUILD", tmp_path)
    monkeypatch.setattr(sessions, "copy_of_the_checkout", a_copy_with_two_tests)
    assert survey.main(["--jobs", "1", "errors.py"]) == 2
    assert "a test fails" in capsys.readouterr().err


def a_copy_with_two_tests(directory: Path) -> Path:
    for file in ("tests/function/test_a.py", "tests/model/test_b.py"):
        (directory / file).parent.mkdir(parents=True)
        (directory / file).write_text("def test_it(): pass\n")
    return directory


def test_a_file_that_is_not_there_is_named_and_nothing_is_said_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        survey.main(["errors.py", "nosuch.py"])
    assert "got nosuch.py" in capsys.readouterr().err
