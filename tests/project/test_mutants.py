"""`make mutants` changes one thing at a time, and knows whether a test notices."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants import __main__ as survey
from tools.mutants.changes import mutants

_ROOT = Path(__file__).parents[2]
_DOCUMENT = (_ROOT / "docs" / "mutants.md").read_text()

SOURCE = '''
"""Says how long."""

LONGEST = 60


class Patience:
    """Of somebody."""

    @property
    def left(self) -> bool:
        return True


def pause(asked: int | None, patient: bool) -> int:
    """Seconds."""
    if asked is not None and not patient:
        return min(asked, LONGEST)
    return 1
'''

TESTS = """
from optimization_job.waiting import Patience, pause

def test_patience():
    assert Patience().left

def test_pause():
    assert (pause(5, False), pause(90, False), pause(None, False), pause({asked}, True)) == (5, 60, 1, 1)
"""

TRY_ALL = """
import pytest
from pathlib import Path
from tools.mutants.changes import mutants
from tools.mutants.trial import Trials

def work(trials):
    assert trials.survives(None, "")
    for mutant in mutants(Path("optimization_job/waiting.py").read_text(), "waiting.py"):
        if trials.survives(mutant, ""):
            print("unnoticed:", mutant.name)

pytest.main(["-q", "-s", "-p", "no:cacheprovider", "."], plugins=[Trials(work)])
"""


def names(source: str) -> list[str]:
    return [mutant.name for mutant in mutants(source, "waiting.py")]


def unnoticed(directory: Path, tests: str) -> list[str]:
    """The changes of SOURCE that no test notices."""
    package = directory / "optimization_job"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "waiting.py").write_text(SOURCE)
    (directory / "test_waiting.py").write_text(tests)
    path = os.pathsep.join([str(directory), str(_ROOT)])
    output = subprocess.check_output(
        [sys.executable, "-c", TRY_ALL], cwd=directory, env={**os.environ, "PYTHONPATH": path}, text=True
    )
    assert (package / "waiting.py").read_text() == SOURCE
    return [line.partition(": ")[2] for line in output.splitlines() if line.startswith("unnoticed: ")]


def test_conditions_numbers_and_calls_are_changed_and_nothing_that_only_a_reader_sees() -> None:
    assert names(SOURCE) == [
        "waiting.py, LONGEST: 60 -> 120",
        "waiting.py, LONGEST: 60 -> 30",
        "waiting.py, Patience.left: True -> False",
        "waiting.py, pause: asked is not None and (not patient) -> True",
        "waiting.py, pause: asked is not None and (not patient) -> False",
        "waiting.py, pause: asked is not None and (not patient) -> asked is not None or not patient",
        "waiting.py, pause: asked is not None and (not patient) -> not patient",
        "waiting.py, pause: asked is not None and (not patient) -> asked is not None",
        "waiting.py, pause: asked is not None -> asked is None",
        "waiting.py, pause: not patient -> patient",
        "waiting.py, pause: min(asked, LONGEST) -> None",
        "waiting.py, pause: min(asked, LONGEST) -> max(asked, LONGEST)",
        "waiting.py, pause: 1 -> 2",
    ]


def test_equal_changes_in_one_function_are_told_apart() -> None:
    assert names("def f(): return [1, 1]")[-2:] == ["waiting.py, f: 1 -> 2", "waiting.py, f: 1 -> 2 (2)"]


def test_every_change_is_noticed_by_tests_that_say_everything(tmp_path: Path) -> None:
    assert unnoticed(tmp_path, TESTS.format(asked=5)) == []


def test_a_change_that_no_test_notices_is_told(tmp_path: Path) -> None:
    assert unnoticed(tmp_path, TESTS.format(asked=1)) == [
        "waiting.py, pause: asked is not None and (not patient) -> asked is not None",
    ]


def test_the_document_explains_only_changes_that_are_made() -> None:
    explained = "".join(re.findall(r"```\n(.*?)```", _DOCUMENT, re.DOTALL)).splitlines()
    files = {line.partition(", ")[0] for line in explained}
    code = _ROOT / "lambda" / "optimization_job"
    made = {mutant.name for file in files for mutant in mutants((code / file).read_text(), file)}
    assert len(explained) > 20
    assert [line for line in explained if line not in made] == []


def test_a_file_that_is_not_there_is_named_and_nothing_is_said_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        survey.main(["trouble.py", "nosuch.py"])
    assert "got nosuch.py" in capsys.readouterr().err


def test_a_survey_that_did_not_come_to_its_end_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HISTORIES", "")
    monkeypatch.setattr(pytest, "main", lambda *_arguments, **_options: pytest.ExitCode.INTERRUPTED)
    assert survey.main(["trouble.py"]) == 2
    assert "so this says nothing" in capsys.readouterr().err
