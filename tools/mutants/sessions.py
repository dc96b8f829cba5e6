"""Runs cosmic-ray in copies of the checkout, with a share of the changes in each."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from tests.project import checkout
from tools.mutants.names import Mutant, mutants

BIN = checkout.ROOT / ".venv-mutants" / "bin"
BUILD = checkout.ROOT / "build" / "mutants"

#: The Python of this process runs the tests.
ENVIRONMENT = {
    **os.environ,
    "HISTORIES": "200",
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
}

#: The tests that notice most come first, and before them the test that noticed the change before this one. No
#: test takes half a minute, unless it never ends.
_FUNCTION = "--ff -o faulthandler_timeout=30 tests/function/deciding tests/function"
_MODEL = "--hypothesis-seed=0 tests/model/test_promises.py"

_SETTINGS = "../cosmic-ray.toml"
_DATABASE = "cosmic-ray.sqlite"

#: Seconds between two reports of the progress.
_PAUSE = 60


class NothingSaidError(Exception):
    """The survey failed before it had tested every change."""


def try_all(files: Sequence[str], explained: Collection[str], jobs: int) -> list[Mutant]:
    """Test every change of some files below `lambda/optimization_job`.

    If the tests of the function do not notice a change and nothing explains it, the random histories test it.

    Args:
        files: The files.
        explained: The names of the explained changes.
        jobs: The number of copies, each with a process.

    Returns:
        One mutant for each change.

    Raises:
        NothingSaidError: The tests fail without a change, or cosmic-ray fails.
    """
    copies = [copy_of_the_checkout(BUILD / f"copy-{number}") for number in range(jobs)]
    _list_changes(files, copies[0])
    for number, copy in enumerate(copies):
        shutil.copy(BUILD / _DATABASE, copy)
        _change(copy, "DELETE FROM work_items WHERE rowid % ? != ?", [(jobs, number)])
        # cosmic-ray keeps Python from writing compiled files, so this compiles them once for all of its runs.
        _call(copy, sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/function", "tests/model")
    for tests in (_FUNCTION, _MODEL):
        _call(copies[0], "cosmic-ray", "baseline", _SETTINGS, TESTS=tests)
    _execute(copies, _FUNCTION)
    again = [(one.id,) for one in _results(copies) if one.survived and one.name not in explained]
    for copy in copies:
        _change(copy, "DELETE FROM work_results WHERE job_id = ?", again)
    _execute(copies, _MODEL)
    return _results(copies)


def copy_of_the_checkout(directory: Path) -> Path:
    """Copy the checkout into a directory: the files that git tracks or would track, as they are now."""
    shutil.rmtree(directory, ignore_errors=True)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.check_output(listed, cwd=checkout.ROOT, text=True).split("\0"):
        file = checkout.ROOT / name
        if name and (file.is_file() or file.is_symlink()):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, directory / name, follow_symlinks=False)
    return directory


def _list_changes(files: Sequence[str], copy: Path) -> None:
    paths = json.dumps([f"lambda/optimization_job/{file}" for file in files])
    settings = Path(__file__).with_name("cosmic-ray.toml").read_text()
    (BUILD / "cosmic-ray.toml").write_text(settings.replace("module-path = []", f"module-path = {paths}"))
    (BUILD / _DATABASE).unlink(missing_ok=True)
    _call(copy, "cosmic-ray", "init", _SETTINGS, f"../{_DATABASE}")
    _call(copy, "cr-filter-operators", f"../{_DATABASE}", _SETTINGS)


def _change(copy: Path, statement: str, values: Iterable[tuple[object, ...]]) -> None:
    with closing(sqlite3.connect(copy / _DATABASE)) as database, database:
        database.executemany(statement, values)


def _execute(copies: Sequence[Path], tests: str) -> None:
    """Test the changes that have no result yet."""
    command: list[str | Path] = [BIN / "cosmic-ray", "exec", _SETTINGS, _DATABASE]
    running = [subprocess.Popen(command, cwd=copy, env={**ENVIRONMENT, "TESTS": tests}) for copy in copies]
    said = time.monotonic()
    while any(process.poll() is None for process in running):
        time.sleep(1)
        if time.monotonic() - said > _PAUSE:
            said = time.monotonic()
            print(f"{sum(map(_left, copies))} changes to go", file=sys.stderr, flush=True)
    if any(process.returncode for process in running):
        raise NothingSaidError("cosmic-ray failed")


def _left(copy: Path) -> int:
    with closing(sqlite3.connect(copy / _DATABASE)) as database:
        without = "SELECT count(*) FROM work_items WHERE job_id NOT IN (SELECT job_id FROM work_results)"
        return int(database.execute(without).fetchone()[0])


def _results(copies: Sequence[Path]) -> list[Mutant]:
    try:
        return mutants("".join(_call(copy, "cosmic-ray", "dump", _DATABASE) for copy in copies))
    except ValueError as error:
        raise NothingSaidError(str(error)) from None


def _call(copy: Path, program: str, *arguments: str, **environment: str) -> str:
    result = subprocess.run(
        [BIN / program, *arguments],
        cwd=copy,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise NothingSaidError(f"{Path(program).name} failed:\n{result.stdout}{result.stderr}")
    return result.stdout
