"""Runs the project's checks, and sums up.

    python tools/run_checks.py [check | lint]

`check` takes two or three minutes: the checks of `lint`, and the tests of the library and the function.

The tests run in several processes, a file of tests in each at a time, and the other checks beside them. Each
line that one of them prints begins with its name. A check that fails does not keep the others from running.
The summary names every test that failed. Its last line counts every test, and each other check as one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]

LINT = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy --strict": ["-m", "mypy", "--strict"],
    # The contracts of [tool.importlinter] in pyproject.toml. The package has no `-m` of its own.
    "import-linter": [
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
        "--no-logo",
    ],
    "docs": ["-m", "tools.docs.site"],
}

#: The tests that `check` runs.
UNIT = ["tests/constructs", "tests/function", "tests/simulation"]

#: One process more than there are processors, because a deployment's test waits for other processes at times.
PROCESSES = min(8, (os.cpu_count() or 1) + 1)

#: So much of an error is in the summary.
_MESSAGE = 300

IN_PARALLEL = [f"--numprocesses={PROCESSES}", "--dist=loadfile", "--no-loadscope-reorder"]


@dataclass(frozen=True)
class Row:
    """The result of one check, or of the tests of one directory."""

    name: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    #: The tests that failed, each with the beginning of its error.
    failures: tuple[str, ...] = ()

    def __str__(self) -> str:
        outcome = f"{self.passed} passed, {self.failed} failed"
        if self.skipped:
            outcome += f", {self.skipped} skipped"
        return "\n".join([f"  {self.name:<24}{self.seconds:>7.1f} s   {outcome}", *self.failures])


def main(arguments: list[str]) -> int:
    """Run the checks; 0 when all of them passed."""
    if arguments not in ([], ["check"], ["lint"]):
        print(f"expected no argument, 'check' or 'lint', got {' '.join(arguments)}", file=sys.stderr)
        return 2
    start = time.monotonic()
    with ThreadPoolExecutor() as pool:
        linted = pool.submit(lint)
        tests = UNIT if arguments == ["check"] else ["tests"]
        tested = [] if arguments == ["lint"] else run_tests("pytest", IN_PARALLEL + tests)
        rows = linted.result() + tested
    print(f"\n== summary, after {time.monotonic() - start:.0f} s", flush=True)
    for row in rows:
        print(row)
    failed = sum(row.failed for row in rows)
    print(f"{sum(row.passed for row in rows)} passed, {failed} failed")
    return 1 if failed else 0


def lint() -> list[Row]:
    """Run what looks at the code without running it."""
    return [run(name, command) for name, command in LINT.items()]


def run(name: str, command: list[str]) -> Row:
    """Run one command, which passes or fails as a whole."""
    code, seconds = _python(name, command)
    return Row(name, seconds, passed=int(code == 0), failed=int(code != 0))


def run_tests(name: str, selection: list[str]) -> list[Row]:
    """Run tests, and sum up the seconds that they took in each directory."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        code, seconds = _python(name, ["-m", "pytest", f"--junitxml={report}", *selection])
        rows = read_report(report) if report.exists() else []
    if code != 0 and not any(row.failed for row in rows):
        # pytest ended before it could blame a test: nothing was collected, or it was stopped.
        rows.append(Row(f"{name} (exit code {code})", seconds, failed=1))
    return rows


def read_report(report: Path) -> list[Row]:
    """Sum up pytest's JUnit report: one row for each directory of tests."""
    counts: dict[str, Counter[str]] = {}
    seconds: defaultdict[str, float] = defaultdict(float)
    failures: defaultdict[str, list[str]] = defaultdict(list)
    for case in ET.parse(report).iter("testcase"):
        name = "/".join(case.get("classname", "").split(".")[:2])
        results = {child.tag: child for child in case}
        error = results.get("failure", results.get("error"))
        failed, skipped = error is not None, "skipped" in results
        if error is not None:
            message = " ".join(error.get("message", "").split())[:_MESSAGE]
            failures[name].append(f"    {case.get('classname')}.{case.get('name')}: {message}")
        counts.setdefault(name, Counter()).update(
            passed=int(not failed and not skipped), failed=int(failed), skipped=int(skipped and not failed)
        )
        seconds[name] += float(case.get("time", "0"))
    return [
        Row(name, seconds[name], count["passed"], count["failed"], count["skipped"], tuple(failures[name]))
        for name, count in sorted(counts.items())
    ]


def _python(name: str, command: list[str]) -> tuple[int, float]:
    print(f"== {name}: begins", flush=True)
    start = time.monotonic()
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(f"{name} | {line}", end="", flush=True)
    return process.returncode, time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
