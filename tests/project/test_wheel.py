"""What users install: the wheel, in an environment that holds nothing else than what the wheel asks for."""

from __future__ import annotations

import ast
import compileall
import email.parser
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.project import checkout
from tests.project.builds import build, run

PACKAGE = "cdk_sagemaker_optimization"
DEPENDENCIES = {"aws-cdk-lib", "constructs", "jsii"}
#: What the extra `watch` brings, and the folder that may use it.
EXTRA = {"boto3", "rich"}
EXTRA_FOLDER = "watch"
PROGRAM = "cdk-sagemaker-optimization"
FUNCTION = checkout.ROOT / "lambda" / "optimization_job"
LIBRARY = checkout.ROOT / "constructs" / PACKAGE

APP = """
import aws_cdk as cdk
import cdk_sagemaker_optimization as optimization

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Outside")
bucket = optimization.OptimizationBucket(stack, "Bucket")
optimization.OptimizationJob(
    stack,
    "Job",
    model_source=optimization.ModelSource.from_bucket(bucket, "llama/"),
    deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
    optimization_configs=[
        optimization.OptimizationConfig.quantization(technique=optimization.QuantizationTechnique.AWQ)
    ],
    output=optimization.OptimizationOutput.to_bucket(bucket, "llama-awq/"),
    max_runtime=cdk.Duration.hours(2),
)
app.synth()
"""

IMPORT_ALL = f"""
import importlib, pkgutil, sys
import {PACKAGE}

for module in pkgutil.walk_packages({PACKAGE}.__path__, "{PACKAGE}."):
    if not any(part in module.name for part in sys.argv[1:]):
        importlib.import_module(module.name)
"""


def sources(root: Path) -> set[str]:
    """The files of a source root as they should be shipped."""
    paths = root.rglob("*")
    return {
        str(path.relative_to(root)) for path in paths if path.is_file() and "__pycache__" not in path.parts
    }


def copy_of_the_source(directory: Path, link: str) -> Path:
    """The files of the repository that a build takes, with the link to the function as some program left it.

    Args:
        directory: where to.
        link: ``link``, ``file`` (what Git on Windows and some programs for archives make of one) or
            ``nothing``.
    """
    ignored = shutil.ignore_patterns("__pycache__", "_lambda")
    for name in ("constructs", "lambda"):
        shutil.copytree(checkout.ROOT / name, directory / name, ignore=ignored)
    for name in ("LICENSE", "README.md", "hatch_build.py", "pyproject.toml"):
        shutil.copy(checkout.ROOT / name, directory / name)
    path = directory / "constructs" / PACKAGE / "_lambda"
    if link == "link":
        path.symlink_to("../../lambda", target_is_directory=True)
    elif link == "file":
        path.write_text("../../lambda")
    return directory


def commit(source: Path) -> Path:
    """Make a Git repository of a source, with one commit."""
    author = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], [*author, "commit", "--quiet", "-m", "All"]):
        run(["git", *command], source)
    return source


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout.ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the wheel; the versions of the rest are the checkout's."""
    root = tmp_path_factory.mktemp("environment")
    constraints = root / "constraints.txt"
    pins = (f"{each.name}=={each.version}\n" for each in importlib.metadata.distributions())
    constraints.write_text("".join(pin for pin in pins if not pin.startswith("cdk-sagemaker-optimization")))
    run([sys.executable, "-m", "venv", root / "venv"], root)
    python = root / "venv" / "bin" / "python"
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", f"--constraint={constraints}"]
    run([python, "-m", "pip", "install", *options, wheel], root)
    return python


def function_asset(python: Path, directory: Path, **environment: str) -> tuple[str, set[str]]:
    """Synthesize the app with this Python; the function's asset hash, and the files in the asset."""
    directory.mkdir()
    (directory / "app.py").write_text(APP)
    out = directory / "cdk.out"
    run([python, "app.py"], directory, CDK_OUTDIR=str(out), **environment)
    resources = json.loads((out / "Outside.template.json").read_text())["Resources"].values()
    (function,) = (each for each in resources if each["Type"] == "AWS::Lambda::Function")
    hashed = function["Properties"]["Code"]["S3Key"].removesuffix(".zip")
    return hashed, sources(out / f"asset.{hashed}")


def test_the_wheel_holds_the_library_and_the_function_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    library = {f"{PACKAGE}/{name}" for name in sources(LIBRARY) if not name.startswith("_lambda/")}
    function = {f"{PACKAGE}/_lambda/optimization_job/{name}" for name in sources(FUNCTION)}
    assert files == library | function
    assert f"{PACKAGE}/py.typed" in files
    assert any(name.endswith(".asl.json") for name in files)
    assert f"{PACKAGE}/_lambda/optimization_job/models/sagemaker/2017-07-24/service-2.json" in files


def test_a_wheel_from_the_source_archive_is_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        assert not any(member.issym() for member in archive)
        # The first releases of Python 3.11 know no filters.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path / "source")
    (source,) = (tmp_path / "source").iterdir()
    rebuilt = build(source, "wheel", tmp_path / "wheel")
    assert rebuilt.read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("link", ["link", "file", "nothing"])
def test_the_wheel_is_the_same_whatever_became_of_the_link(wheel: Path, tmp_path: Path, link: str) -> None:
    source = copy_of_the_source(tmp_path / "source", link)
    assert build(source, "wheel", tmp_path / "wheel").read_bytes() == wheel.read_bytes()


def test_a_clone_without_links_and_pip_from_git_make_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    repository = commit(copy_of_the_source(tmp_path / "repository", "link"))
    clone = tmp_path / "clone"
    run(["git", "clone", "--quiet", "-c", "core.symlinks=false", repository, clone], tmp_path)
    assert (clone / "constructs" / PACKAGE / "_lambda").read_text() == "../../lambda"
    assert build(clone, "wheel", tmp_path / "from_clone").read_bytes() == wheel.read_bytes()

    directory = tmp_path / "from_git"
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    url = f"git+{repository.as_uri()}"
    run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", directory, url], tmp_path)
    (from_git,) = directory.iterdir()
    assert contents(from_git) == contents(wheel)


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    "missing",
    [
        "lambda",
        "lambda/optimization_job/handler.py",
        "lambda/*/cloudformation/stack.py",
        "lambda/*/deciding/definition_change.py",
        "lambda/*/tracking",
        "lambda/*/models/sage*",
    ],
)
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_build_without_the_functions_files_fails(tmp_path: Path, kind: str, missing: str) -> None:
    source = copy_of_the_source(tmp_path / "source", "link")
    for path in list(source.glob(missing)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    out = tmp_path / "out"
    command = f"{sys.executable} -m build --no-isolation --{kind} --outdir {out} {source}"
    result = subprocess.run(shlex.split(command), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "the function's code must be in lambda/optimization_job" in result.stdout + result.stderr
    assert not list(out.glob("*"))


def test_a_checkout_without_links_works_as_one_with_them(tmp_path: Path) -> None:
    source = copy_of_the_source(tmp_path / "source", "file")
    constructs = str(source / "constructs")
    _, files = function_asset(
        Path(sys.executable), tmp_path / "app", PYTHONPATH=constructs, PYTHONDONTWRITEBYTECODE="1"
    )
    assert files == {f"optimization_job/{name}" for name in sources(FUNCTION)}


def test_a_library_without_its_function_says_what_to_do(tmp_path: Path) -> None:
    source = copy_of_the_source(tmp_path / "source", "file")
    shutil.rmtree(source / "lambda")
    environment = {**os.environ, "PYTHONPATH": str(source / "constructs")}
    command = [sys.executable, "-c", f"import {PACKAGE}"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "ImportError: the code of the function must be in" in result.stderr
    assert "or get the whole repository" in result.stderr


def test_the_wheel_asks_for_the_cdk_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = email.parser.Parser().parsestr(archive.read(name).decode())
    required = metadata.get_all("Requires-Dist", [])
    extra = {each for each in required if "extra == 'watch'" in each or 'extra == "watch"' in each}
    assert {checkout.normalized(each) for each in required if each not in extra} == DEPENDENCIES
    assert {checkout.normalized(each) for each in extra} == EXTRA
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"


def test_every_link_of_the_page_on_pypi_leads_somewhere(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        page = archive.read(name).decode()

    links = re.findall(r"\]\(([^)]+)\)", page)
    assert len(links) > 20
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_the_library_imports_nothing_that_it_does_not_ask_for() -> None:
    allowed = {"aws_cdk", "constructs", "jsii", PACKAGE, *sys.stdlib_module_names}
    foreign = {
        f"{path.relative_to(LIBRARY)}: {name}"
        for path in LIBRARY.glob("**/*.py")
        if "_lambda" not in path.parts
        for name in top_level_imports(path)
        if name not in (allowed | EXTRA | {"botocore"} if EXTRA_FOLDER in path.parts else allowed)
    }
    assert foreign == set()


def top_level_imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_every_module_of_the_installed_library_imports_without_a_warning(
    installed: Path, tmp_path: Path
) -> None:
    left_out = ["._lambda", f".{EXTRA_FOLDER}."]
    result = run([installed, "-W", "default", "-c", IMPORT_ALL, *left_out], tmp_path)
    assert result.stdout + result.stderr == ""


def test_the_program_is_installed_and_says_which_extra_it_needs(installed: Path, tmp_path: Path) -> None:
    program = installed.with_name(PROGRAM)
    result = subprocess.run([program, "watch"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.endswith("run pip install 'cdk-sagemaker-optimization[watch]'\n")


def test_the_extra_is_all_that_the_program_needs(installed: Path, wheel: Path, tmp_path: Path) -> None:
    constraints = installed.parents[2] / "constraints.txt"
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", f"--constraint={constraints}"]
    run([installed, "-m", "pip", "install", *options, f"{wheel}[watch]"], tmp_path)
    result = run([installed, "-W", "default", "-c", IMPORT_ALL, "._lambda"], tmp_path)
    assert result.stdout + result.stderr == ""
    version = importlib.metadata.version(PROGRAM)
    assert run([installed.with_name(PROGRAM), "--version"], tmp_path).stdout == f"{PROGRAM} {version}\n"


def test_the_function_of_an_installed_library_is_the_function_of_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    clean = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "_lambda")
    shutil.copytree(checkout.ROOT / "constructs", clean / "constructs", ignore=ignored)
    shutil.copytree(checkout.ROOT / "lambda", clean / "lambda", ignore=ignored)
    (clean / "constructs" / PACKAGE / "_lambda").symlink_to("../../lambda", target_is_directory=True)
    from_checkout, files = function_asset(
        Path(sys.executable),
        tmp_path / "one",
        PYTHONPATH=str(clean / "constructs"),
        PYTHONDONTWRITEBYTECODE="1",
    )
    assert files == {f"optimization_job/{name}" for name in sources(FUNCTION)}

    # Whoever has run the function's code has compiled files beside it, and these are not the function.
    (code,) = installed.parents[1].glob(f"lib/*/site-packages/{PACKAGE}/_lambda")
    assert compileall.compile_dir(code, quiet=1)
    from_wheel, installed_files = function_asset(installed, tmp_path / "two")
    assert installed_files == files
    assert from_wheel == from_checkout
