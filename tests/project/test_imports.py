"""One direction of imports in each source tree, and no circles: the contracts that `make lint` checks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.project import checkout
from tools.run_checks import LINT

PYPROJECT = (checkout.ROOT / "pyproject.toml").read_text()
ROOT_PACKAGES = tomllib.loads(PYPROJECT)["tool"]["importlinter"]["root_packages"]


def package_path(root: Path, package: str) -> Path:
    """The folder of a package in one of the source roots."""
    (path,) = (
        root / source / package
        for source in ("constructs", "lambda", ".")
        if (root / source / package).is_dir()
    )
    return path


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(root / source) for source in ("constructs", "lambda", "."))
    return subprocess.run(
        [sys.executable, *LINT["import-linter"]],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the contracts are about."""
    shutil.copy(checkout.ROOT / "pyproject.toml", tmp_path)
    for package in ROOT_PACKAGES:
        source = package_path(checkout.ROOT, package)
        target = tmp_path / source.relative_to(checkout.ROOT)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "_lambda"))
    return tmp_path


def test_each_contract_says_why() -> None:
    contracts = re.findall(r"^\[\[tool\.importlinter\.contracts\]\]\n(.*)", PYPROJECT, re.MULTILINE)

    assert len(contracts) >= 2
    assert [line for line in contracts if not re.fullmatch(r"# .*[a-z].*", line)] == []


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (
            "checks/kinds.py",
            "from cdk_sagemaker_optimization.job.order import JobOrder",
            "cdk_sagemaker_optimization.checks.kinds -> cdk_sagemaker_optimization.job.order",
        ),
        (
            "watch/words.py",
            "from cdk_sagemaker_optimization.facts import once",
            "cdk_sagemaker_optimization.watch is not allowed to import cdk_sagemaker_optimization.facts",
        ),
        (
            "job/grants.py",
            "from cdk_sagemaker_optimization.watch.words import duration",
            "cdk_sagemaker_optimization.job is not allowed to import cdk_sagemaker_optimization.watch",
        ),
        (
            "job/grants.py",
            "if TYPE_CHECKING: from .interface import IOptimizationJob",
            "No cycles are allowed in cdk_sagemaker_optimization.job",
        ),
    ],
    ids=[
        "an import that runs back up",
        "a view that knows a construct",
        "a construct that knows the view",
        "a circle for types alone",
    ],
)
def test_make_lint_finds(copy: Path, file: str, line: str, told: str) -> None:
    path = copy / "constructs" / "cdk_sagemaker_optimization" / file
    path.write_text(f"{path.read_text()}\nfrom typing import TYPE_CHECKING\n{line}\n")

    result = lint(copy)

    assert result.returncode != 0
    assert told in " ".join(result.stdout.split())
