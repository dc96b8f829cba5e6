"""Tests the function with many small changes, and lists the changes that no test notices.

    python -m tools.mutants [--jobs N] [FILE ...]

cosmic-ray makes the changes and runs the tests, as cosmic-ray.toml configures it, in copies of the checkout
below build/mutants. The checkout itself does not change. explained.toml must explain every survivor.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from tests.project import checkout
from tools.mutants.explained import explained, reasons
from tools.mutants.names import Mutant
from tools.mutants.sessions import NothingSaidError, try_all

_CODE = checkout.ROOT / "lambda" / "optimization_job"

#: The modules that decide what the function does next and how long it waits.
_FILES = (
    *sorted(f"deciding/{path.name}" for path in _CODE.glob("deciding/[a-z]*.py")),
    "errors.py",
)


def main(arguments: Sequence[str]) -> int:
    """Run the survey.

    Args:
        arguments: The arguments of the command line.

    Returns:
        0 if a test notices every change or explained.toml explains it, 1 if not, 2 if the survey did not
        finish.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="changes that are tested at a time")
    parser.add_argument(
        "files",
        nargs="*",
        default=_FILES,
        help="files below lambda/optimization_job (default: those that decide)",
    )
    options = parser.parse_args(arguments)
    if missing := [file for file in options.files if not (_CODE / file).is_file()]:
        parser.error(f"expected files below lambda/optimization_job, got {', '.join(missing)}")
    expected = explained(options.files, reasons())
    began = time.monotonic()
    try:
        mutants = try_all(options.files, expected, options.jobs)
    except NothingSaidError as error:
        print(error, file=sys.stderr)
        return 2
    result = report(mutants, expected)
    print(f"{(time.monotonic() - began) / 60:.0f} minutes")
    return result


def report(mutants: Sequence[Mutant], expected: set[str]) -> int:
    """Print the survivors without an explanation, and the explanations without a survivor.

    Returns:
        0 if there are none, otherwise 1.
    """
    survivors = {mutant.name for mutant in mutants if mutant.survived}
    for name in sorted(survivors - expected):
        print(name)
    for name in sorted(expected - survivors):
        print(f"noticed, so remove it from explained.toml: {name}")
    print(
        f"{len(mutants)} changes: {len(mutants) - len(survivors)} noticed, "
        f"{len(survivors & expected)} explained in explained.toml, {len(survivors - expected)} neither"
    )
    return 1 if survivors ^ expected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
