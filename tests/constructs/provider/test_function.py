"""The asset of the function's code: what is in it, and when its hash changes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_sagemaker_optimization.function_source import SOURCE
from cdk_sagemaker_optimization.provider.function import function_code


def _asset(directory: Path) -> Path:
    """The asset as it is staged; its name holds its hash."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    location = function_code(directory).bind(stack).s3_location
    assert location is not None
    return Path(app.asset_outdir, f"asset.{location.object_key.removesuffix('.zip')}")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The code as a wheel lays it out: a directory instead of a link, with times of its own."""
    directory = tmp_path / "_lambda"
    shutil.copytree(SOURCE, directory, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for path in directory.rglob("*"):
        os.utime(path, (0, 0))
    return directory


def test_a_wheel_and_a_checkout_have_the_same_asset(installed: Path) -> None:
    assert _asset(installed).name == _asset(SOURCE).name


@pytest.mark.parametrize(
    "path",
    [
        "optimization_job/__pycache__/handler.cpython-314.pyc",
        "optimization_job/handler.pyc",
        "optimization_job/.DS_Store",
        "optimization_job.egg-info/PKG-INFO",
        ".mypy_cache/cache.db",
        "README.md",
    ],
)
def test_what_tools_leave_changes_nothing(installed: Path, path: str) -> None:
    before = _asset(installed).name
    file = installed / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("left by a tool")
    assert _asset(installed).name == before


def test_another_line_of_code_is_another_asset(installed: Path) -> None:
    before = _asset(installed).name
    with (installed / "optimization_job" / "__init__.py").open("a") as file:
        file.write("# changed\n")
    assert _asset(installed).name != before


def test_the_asset_holds_the_package_and_its_service_models(installed: Path) -> None:
    asset = _asset(installed)
    assert [path.name for path in asset.iterdir()] == ["optimization_job"]
    assert (asset / "optimization_job" / "__init__.py").is_file()
    assert list((asset / "optimization_job" / "models").glob("sagemaker/*/service-2.json"))
    assert not list(asset.rglob("*.pyc"))
