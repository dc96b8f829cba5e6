"""Tries the function with many small changes, and says which of them no test notices.

    python -m tools.mutants [FILE ...]

A change that survives the tests of the function and is not in docs/mutants.md is tried with some histories of
`tests/model` as well; those that survive both are printed. Takes about fifteen minutes, and changes
nothing in the checkout.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.mutants.changes import Mutant, mutants
from tools.mutants.trial import Trials

_ROOT = Path.cwd()

_CODE = _ROOT / "lambda" / "optimization_job"

#: What decides: which way a request goes, and what is waited for.
_FILES = (
    *sorted(f"deciding/{path.name}" for path in _CODE.glob("deciding/[a-z]*.py")),
    "obstacles.py",
    "trouble.py",
)

_FUNCTION_TESTS = "tests/function"
_MODEL_TESTS = "tests/model/test_promises.py"
_HISTORIES = "200"


@dataclass
class Survey:
    """What became of the changes of some files."""

    files: tuple[str, ...]
    document: str
    tried: int = 0
    explained: int = 0
    unexplained: list[str] = field(default_factory=list)
    tests_pass: bool = True

    def make(self, trials: Trials) -> None:
        self.tests_pass = trials.survives(None, _FUNCTION_TESTS)
        if not self.tests_pass:
            return
        for file in self.files:
            for mutant in mutants((_CODE / file).read_text(), file):
                self.tried += 1
                if trials.survives(mutant, _FUNCTION_TESTS):
                    self._look_closer(trials, mutant)

    def _look_closer(self, trials: Trials, mutant: Mutant) -> None:
        if is_explained(mutant, self.document):
            self.explained += 1
        elif trials.survives(mutant, _MODEL_TESTS):
            self.unexplained.append(mutant.name)
            os.write(2, f"{mutant.name}\n".encode())


def is_explained(mutant: Mutant, document: str) -> bool:
    """Whether docs/mutants.md has a change, as a line of its own."""
    return mutant.name in (line.strip() for line in document.splitlines())


def main(arguments: list[str]) -> int:
    """0 if every change is noticed, or explained in docs/mutants.md; 2 if it cannot be said."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument(
        "files", nargs="*", default=_FILES, help="files below lambda/optimization_job (default: what decides)"
    )
    options = parser.parse_args(arguments)
    if missing := [file for file in options.files if not (_CODE / file).is_file()]:
        parser.error(f"expected files below lambda/optimization_job, got {', '.join(missing)}")
    os.environ["HISTORIES"] = _HISTORIES
    survey = Survey(tuple(options.files), (_ROOT / "docs" / "mutants.md").read_text())
    began = time.monotonic()
    quietly = ["-q", "-s", "--no-summary", "-p", "no:cacheprovider"]
    ended = pytest.main(
        [*quietly, "-o", "faulthandler_timeout=0", "--hypothesis-seed=0", _FUNCTION_TESTS, _MODEL_TESTS],
        plugins=[Trials(survey.make)],
    )
    if not survey.tests_pass:
        print("the tests fail before anything is changed", file=sys.stderr)
        return 2
    if ended != pytest.ExitCode.OK:
        # A test file that cannot be imported, Ctrl-C, a mistake of ours: whatever it was, not all was tried.
        print(f"pytest ended with {ended!r}, so this says nothing: {survey.tried} changes", file=sys.stderr)
        return 2
    left = len(survey.unexplained)
    print(
        f"{survey.tried} changes in {(time.monotonic() - began) / 60:.0f} minutes: "
        f"{survey.tried - survey.explained - left} noticed, {survey.explained} explained in docs/mutants.md, "
        f"{left} neither"
    )
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
