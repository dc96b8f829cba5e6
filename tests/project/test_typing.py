"""What type checkers say: about the library, and about programs that use the installed one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest

import cdk_sagemaker_optimization as optimization
from tests.project import checkout
from tests.project.builds import run

PACKAGE = "cdk_sagemaker_optimization"
PROGRAM = Path(__file__).with_name("user_program.py")
NODE = Path(sys.executable).with_name("node")
PUBLIC_NAMES: list[str] = optimization.__all__
PYRIGHT = checkout.ROOT / "node_modules" / "pyright" / "index.js"

#: Line by line, what a user may get wrong.
MISTAKES = [
    "optimization.OptimisationJob",
    "optimization.Completion.wait(3600)",
    "optimization.QuantizationTechnique.AWK",
    "optimization.OptimizationConfig.quantization('awq')",
    "optimization.ModelSource.from_s3_uri()",
    "optimization.OptimizationOutput.to_s3_uri('s3://a/b/', encryption_key='alias/mine')",
    "optimization.OptimizationJob(cdk.Stack(), 'Job')",
    "optimization.OptimizationBucket(cdk.Stack(), 'Bucket', versionned=True)",
    "optimization.OptimizationBucket(cdk.Stack(), 'Bucket', bucket_name=7)",
]


@dataclass(frozen=True)
class Environment:
    """A Python with the library installed, and all else as it is in the checkout."""

    python: Path
    directory: Path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    directory = tmp_path_factory.mktemp("typing")
    run([sys.executable, "-m", "venv", "--without-pip", directory / "venv"], directory)
    (site,) = directory.glob("venv/lib/*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    outer = Path(sys.executable).parents[1] / site.relative_to(directory / "venv")
    (site / "checkout.pth").write_text(f"{outer}\n")
    shutil.copy(PROGRAM, directory / "program.py")
    (directory / "mistakes.py").write_text(
        f"import aws_cdk as cdk\nimport {PACKAGE} as optimization\n" + "\n".join(MISTAKES) + "\n"
    )
    # Or else pyright would look for one further up.
    (directory / "pyrightconfig.json").write_text("{}")
    return Environment(directory / "venv" / "bin" / "python", directory)


def skipped_modules() -> list[str]:
    """The modules of the CDK that mypy does not read."""
    overrides = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    return [name for each in overrides if each.get("follow_imports") == "skip" for name in each["module"]]


def modules_in_use() -> set[str]:
    """The modules of the CDK whose types mypy needs: those that our files import, and theirs in turn."""
    ours = [path for path in checkout.files() if path.suffix == ".py"]
    found = {name for path in ours for name in re.findall(r"\baws_cdk(?:\.| import )(\w+)", path.read_text())}
    unread = [Path(str(cdk_nag.__file__)), *map(_module_of_the_cdk, found)]
    while unread:
        path = unread.pop()
        text = path.read_text() if path.exists() else ""
        new = set(re.findall(r"^    import aws_cdk\.(\w+)", text, re.MULTILINE)) - found
        found |= new
        unread += map(_module_of_the_cdk, new)
    return {f"aws_cdk.{name}" for name in found}


def _module_of_the_cdk(name: str) -> Path:
    return Path(str(cdk.__file__)).parent / name / "__init__.py"


def pyright(directory: Path, *options: str | Path) -> dict[str, Any]:
    # The program is taken from package-lock.json; it fetches nothing.
    result = subprocess.run(
        [NODE, PYRIGHT, "--outputjson", *options], cwd=directory, capture_output=True, text=True, check=False
    )
    assert result.stdout, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


@pytest.fixture(scope="module")
def mypy_lines(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy says, one line for each error."""
    settings = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    config = environment.directory / "mypy.ini"
    config.write_text(
        "[mypy]\nstrict = True\n"
        f"python_version = {settings['python_version']}\n"
        f"enable_error_code = {','.join(settings['enable_error_code'])}\n"
        "explicit_package_bases = True\nnamespace_packages = True\n"
        + "".join(f"[mypy-{name}]\nfollow_imports = skip\n" for name in skipped_modules())
    )
    # With the same settings, what mypy has found out about aws-cdk-lib holds here, too; that takes a minute.
    cache = tmp_path_factory.mktemp("mypy") / "cache"
    _copy_databases(checkout.ROOT / ".mypy_cache", cache)
    command: list[str | Path] = [sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", cache]
    command += ["--python-executable", environment.python, "program.py", "mistakes.py"]
    variables = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    result = subprocess.run(
        command, cwd=environment.directory, env=variables, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    return [line for line in result.stdout.splitlines() if ": error: " in line]


def _copy_databases(source: Path, target: Path) -> None:
    """Copy the databases in a directory, which mypy may be about to write into for another check."""
    for database in source.rglob("*.db"):
        copy = target / database.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(database)) as known,
            contextlib.closing(sqlite3.connect(copy)) as kept,
        ):
            known.backup(kept)


@pytest.fixture(scope="module")
def pyright_errors(environment: Environment) -> list[tuple[str, int, str]]:
    """What pyright says: file, line and text of each error."""
    report = pyright(environment.directory, "--pythonpath", environment.python, "program.py", "mistakes.py")
    return [
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1, each["message"])
        for each in report["generalDiagnostics"]
        if each["severity"] == "error"
    ]


def test_mypy_leaves_out_no_module_of_the_cdk_whose_types_it_needs() -> None:
    in_use = modules_in_use()
    assert {"aws_cdk.aws_sagemaker", "aws_cdk.aws_elasticloadbalancingv2"} <= in_use
    assert in_use & set(skipped_modules()) == set()


def test_the_program_of_a_user_has_every_public_name() -> None:
    assert set(re.findall(r"\boptimization\.([A-Z]\w+)", PROGRAM.read_text())) == set(PUBLIC_NAMES)


def test_mypy_accepts_the_program_of_a_user(mypy_lines: list[str]) -> None:
    assert [line for line in mypy_lines if line.startswith("program.py")] == []


def test_pyright_accepts_the_program_of_a_user(pyright_errors: list[tuple[str, int, str]]) -> None:
    assert [error for error in pyright_errors if error[0] == "program.py"] == []


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=MISTAKES)
def test_either_finds_a_mistake(
    mypy_lines: list[str], pyright_errors: list[tuple[str, int, str]], number: int
) -> None:
    line = number + 3
    assert any(found.startswith(f"mistakes.py:{line}: ") for found in mypy_lines)
    assert any(error[:2] == ("mistakes.py", line) for error in pyright_errors)


def test_pyright_knows_the_type_of_everything_public(environment: Environment) -> None:
    report = pyright(
        environment.directory,
        "--pythonpath",
        environment.python,
        "--verifytypes",
        PACKAGE,
        "--ignoreexternal",
    )["typeCompleteness"]
    modules = {getattr(optimization, name).__module__ for name in PUBLIC_NAMES}
    symbols = [
        symbol
        for symbol in report["symbols"]
        if any(symbol["name"].startswith(f"{module}.") for module in modules)
    ]
    assert len(symbols) > 100
    assert [each["name"] for each in symbols if not each["isTypeKnown"] or each["isTypeAmbiguous"]] == []


def test_pyright_finds_nothing_in_the_library() -> None:
    report = pyright(checkout.ROOT, "--pythonpath", sys.executable)
    errors = [each for each in report["generalDiagnostics"] if each["severity"] == "error"]
    assert [
        f"{each['file']}:{each['range']['start']['line'] + 1}: {each['message']}" for each in errors
    ] == []
    assert report["summary"]["filesAnalyzed"] > 10
