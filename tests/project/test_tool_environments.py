"""What a command needs beside `.venv` is pinned, set up by make, and removed with everything else."""

from __future__ import annotations

import re
import runpy
import subprocess

import pytest

from tests.project import checkout
from tools import audit, independent

MAKEFILE = (checkout.ROOT / "Makefile").read_text()
ENVIRONMENTS = ("audit", "mutants", "independent")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_everything_that_is_asked_for_is_pinned_with_hashes(name: str) -> None:
    asked = (checkout.ROOT / f"requirements/{name}.in").read_text().splitlines()
    pins = re.findall(
        r"^([\w.-]+)==([\w.]+)(.*(?:\n    .*)*)",
        (checkout.ROOT / f"requirements/{name}.txt").read_text(),
        re.MULTILINE,
    )
    assert [package for package, _, rest in pins if "--hash=sha256:" not in rest] == []
    wanted = {checkout.normalized(line) for line in asked if line and not line.startswith("#")}
    assert wanted
    assert wanted - {checkout.normalized(package) for package, _, _ in pins} == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_make_pins_it_sets_it_up_and_removes_it(name: str) -> None:
    assert f"--output-file requirements/{name}.txt requirements/{name}.in" in MAKEFILE
    assert f".venv-{name}" in dry_run("clean").split()
    assert f"/.venv-{name}/" in (checkout.ROOT / ".gitignore").read_text().splitlines()
    assert f"requirements/{name}.txt" in audit.PINS


def test_make_independent_installs_what_is_pinned_and_deploys() -> None:
    commands = dry_run("independent", "--assume-new=requirements/independent.txt")
    python = ".venv-independent/bin/python"
    assert f"{python} -m pip install" in commands
    assert "--require-hashes --requirement requirements/independent.txt" in commands
    assert commands.splitlines()[-1] == ".venv/bin/python -m tools.independent"


@pytest.mark.parametrize(("asked_for", "left_out"), [(False, ["test_deployments.py"]), (True, [])])
def test_the_deployments_run_only_when_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked_for: bool, left_out: list[str]
) -> None:
    monkeypatch.delenv(independent.ASKED_FOR, raising=False)
    if asked_for:
        monkeypatch.setenv(independent.ASKED_FOR, "1")
    conftest = runpy.run_path(str(checkout.ROOT / "tests" / "independent" / "conftest.py"))
    assert conftest["collect_ignore_glob"] == left_out


def dry_run(*arguments: str) -> str:
    return subprocess.check_output(
        ["make", "--no-print-directory", "--dry-run", *arguments], cwd=checkout.ROOT, text=True
    )
