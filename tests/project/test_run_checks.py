"""`make test` counts what its checks found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SLOW
from tests.project import checkout
from tools import run_checks

REPORT = """<testsuites><testsuite>
  <testcase classname="tests.function.test_names" name="a" time="2"/>
  <testcase classname="tests.function.test_names" name="b" time="0"><failure message="no&#10;way"/></testcase>
  <testcase classname="tests.project.test_wheel" name="c" time="2"><error message="no"/></testcase>
  <testcase classname="tests.project.test_wheel" name="d" time="0"><skipped message="no"/></testcase>
</testsuite></testsuites>"""


def test_tests_are_counted_by_directory(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert run_checks.read_report(report) == [
        run_checks.Row(
            "tests/function", 2.0, passed=1, failed=1, failures=("    tests.function.test_names.b: no way",)
        ),
        run_checks.Row(
            "tests/project", 2.0, failed=1, skipped=1, failures=("    tests.project.test_wheel.c: no",)
        ),
    ]


def test_the_summary_names_each_test_that_failed_with_its_error(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert [str(row).splitlines()[1:] for row in run_checks.read_report(report)] == [
        ["    tests.function.test_names.b: no way"],
        ["    tests.project.test_wheel.c: no"],
    ]


def test_the_last_line_sums_up_and_a_failed_check_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_checks, "LINT", {"good": ["-c", ""], "bad": ["-c", "raise SystemExit(3)"]})
    assert run_checks.main(["lint"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 1 failed"


def test_what_begins_because_it_takes_long_exists() -> None:
    assert [slow for slow in SLOW if not (checkout.ROOT / slow).exists()] == []


def test_make_check_runs_the_linters_and_the_tests_of_the_library_and_the_function(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_checks, "LINT", {"good": ["-c", ""]})
    asked: list[str] = []

    def run_tests(name: str, selection: list[str]) -> list[run_checks.Row]:
        asked.extend(selection)
        return []

    monkeypatch.setattr(run_checks, "run_tests", run_tests)
    assert run_checks.main(["check"]) == 0
    directories = {each for each in asked if each.startswith("tests/")}
    assert directories == {"tests/constructs", "tests/function", "tests/simulation"}
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"


def test_a_check_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_checks.main(["lnt"]) == 2
    assert "expected no argument, 'check' or 'lint', got lnt" in capsys.readouterr().err
