"""The contract between the library and the function: it stands once, and both sides can import it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimization_job import contract
from tests.project import checkout

FILE = checkout.ROOT / "lambda" / "optimization_job" / "contract.py"

#: The trees that must take each value from the contract.
SIDES = ("constructs/cdk_sagemaker_optimization", "lambda/optimization_job")

#: Values that nothing else has, so that a literal of the same value is a copy.
DISTINCTIVE = {
    name: getattr(contract, name)
    for name in (
        "JOB_TYPE",
        "COMPLETION_TYPE",
        "MODEL_TYPE",
        "MODEL_PACKAGE_TYPE",
        "MODEL_PACKAGE_GROUP_NAME",
        "MODEL_APPROVAL_STATUS",
        "MODEL_PACKAGE_ARN",
        "VERSION_NAME",
        "ENDPOINT_VERIFICATION_TYPE",
        "NAME_PREFIX",
        "EXACT_OUTPUT_LOCATION",
        "POLL_INTERVAL",
        "REQUIRE_IMAGE",
        "ENDPOINT_CONFIG_NAME",
        "INFERENCE_COMPONENTS",
        "INFERENCE_COMPONENT_NAME",
        "RECOMMENDED_INFERENCE_IMAGE",
        "RECOMMENDED_INFERENCE_IMAGE_OR_NONE",
        "NO_IMAGE",
        "MAX_DEFINITION_BYTES",
        "DEFAULT_QUOTA_TIMEOUT",
        "LONGEST_WAIT",
        "STATE_MACHINE_ARN_VARIABLE",
        "QUOTA_TIMEOUT_VARIABLE",
        "QUOTA_JITTER_VARIABLE",
        "STATUS_CHANGE",
    )
}


def literals(path: Path) -> Iterator[object]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            yield node.value


@pytest.mark.parametrize("side", SIDES)
def test_a_value_of_the_contract_is_written_down_once(side: str) -> None:
    files = [path for path in (checkout.ROOT / side).rglob("*.py") if "_lambda" not in path.parts]
    copies = {
        (str(path), name)
        for path in files
        if path != FILE
        for literal in literals(path)
        for name, value in DISTINCTIVE.items()
        if type(literal) is type(value) and literal == value
    }

    assert len(files) > 20
    assert copies == set()


def test_the_contract_needs_the_standard_library_alone() -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(FILE)], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stderr) == (0, "")


def literals_beside_docstrings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def test_what_decides_names_no_kind_of_job() -> None:
    files = sorted((FILE.parent / "deciding").glob("*.py"))
    named = [
        f"{path.name}: {literal}"
        for path in files
        for literal in literals_beside_docstrings(path)
        if re.search("optimization[ -]?job", literal, re.IGNORECASE)
    ]

    assert len(files) > 10
    assert named == []
