"""Tries the function with many small changes, and says which of them no test notices.

    python -m tools.mutants [--jobs N] [FILE ...]

cosmic-ray makes the changes and runs the tests, as cosmic-ray.toml says, in copies of the checkout below
build/mutants: the checkout itself stays as it is. What survives must be in docs/mutants.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from tests.project import checkout
from tools.mutants.names import Mutant
from tools.mutants.sessions import NothingSaidError, try_all

_CODE = checkout.ROOT / "lambda" / "optimization_job"

#: What decides: which way a request goes, and what is waited for.
_FILES = (
    *sorted(f"deciding/{path.name}" for path in _CODE.glob("deciding/[a-z]*.py")),
    "errors.py",
)


def main(arguments: Sequence[str]) -> int:
    """0 if every change is noticed, or explained in docs/mutants.md; 2 if it cannot be said."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="changes that are tried at a time")
    parser.add_argument(
        "files", nargs="*", default=_FILES, help="files below lambda/optimization_job (default: what decides)"
    )
    options = parser.parse_args(arguments)
    if missing := [file for file in options.files if not (_CODE / file).is_file()]:
        parser.error(f"expected files below lambda/optimization_job, got {', '.join(missing)}")
    explained = explained_in((checkout.ROOT / "docs" / "mutants.md").read_text(), options.files)
    began = time.monotonic()
    try:
        mutants = try_all(options.files, explained, options.jobs)
    except NothingSaidError as error:
        print(error, file=sys.stderr)
        return 2
    result = report(mutants, explained)
    print(f"{(time.monotonic() - began) / 60:.0f} minutes")
    return result


def explained_in(document: str, files: Sequence[str]) -> set[str]:
    """The changes of some files that docs/mutants.md has, each as a line of its own."""
    lines = (line.strip() for line in document.splitlines())
    return {line for line in lines if line.startswith(tuple(f"{file}, " for file in files))}


def report(mutants: Sequence[Mutant], explained: set[str]) -> int:
    """Print what survived unexplained, and what is explained although it does not; 0 if that is nothing."""
    survivors = {mutant.name for mutant in mutants if mutant.survived}
    for name in sorted(survivors - explained):
        print(name)
    for name in sorted(explained - survivors):
        print(f"noticed, so take it out of docs/mutants.md: {name}")
    print(
        f"{len(mutants)} changes: {len(mutants) - len(survivors)} noticed, "
        f"{len(survivors & explained)} explained in docs/mutants.md, {len(survivors - explained)} neither"
    )
    return 1 if survivors ^ explained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
