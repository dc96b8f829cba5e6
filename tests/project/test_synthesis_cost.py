"""What the library adds to the time of `cdk synth`, as far as it can be counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from benchmarks.contenders.library import library
from benchmarks.kernel_calls import calls_for_each_job, calls_for_the_first_job, counted
from cdk_sagemaker_optimization.checks.validation import is_unresolved

_ROOT = Path(__file__).parents[2]

_LOADED = """
import json, sys
import aws_cdk as cdk
from benchmarks.contenders.{name} import {name}

app = cdk.App()
contender = {name}(timeout=cdk.Duration.hours(1))
contender.build(cdk.Stack(app, contender.name), 1)
app.synth()
print(json.dumps([module for module in sys.modules if module.startswith("aws_cdk.")]))
"""


@pytest.mark.parametrize("timeout", [cdk.Duration.hours(1), None], ids=["an hour", "the default"])
@pytest.mark.parametrize(("own_roles", "most"), [(False, 60), (True, 100)], ids=["one role", "own roles"])
def test_a_further_job_asks_the_cdk_for_little(
    timeout: cdk.Duration | None, own_roles: bool, most: int
) -> None:
    assert calls_for_each_job(library(timeout=timeout, own_roles=own_roles)) <= most


def test_the_first_job_of_a_stack_asks_the_cdk_for_little() -> None:
    assert calls_for_the_first_job(library(timeout=cdk.Duration.hours(1))) <= 210


def test_values_are_checked_without_the_cdk() -> None:
    values = [
        "s3://bucket/prefix",
        4,
        0.5,
        ["a", "b"],
        {"a": "b"},
        "${Token[TOKEN.1]}",
        -1.8881545897087505e289,
    ]
    with counted() as calls:
        for value in values:
            is_unresolved(value)
    assert calls.number == 0


def test_a_job_loads_no_module_of_the_cdk_that_a_stock_job_does_without() -> None:
    loaded = {name: _loaded(name) for name in ("stock", "library")}
    beyond = loaded["library"] - loaded["stock"]
    # Its provider is a state machine. The one of the stock stack is made inside the CDK.
    assert beyond == {"aws_stepfunctions"}


@pytest.mark.parametrize("name", ["OptimizationJob", "Technique"])
def test_a_program_that_serves_nothing_does_not_load_what_serves(name: str) -> None:
    code = f"import sys; from cdk_sagemaker_optimization import {name}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=_ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert not [module for module in loaded if module.startswith("cdk_sagemaker_optimization.serving.")]
    assert {"aws_cdk.aws_sagemaker", "aws_cdk.aws_ssm", "aws_cdk.aws_cloudwatch"}.isdisjoint(loaded)


def _loaded(name: str) -> set[str]:
    code = _LOADED.format(name=name)
    # The CDK's own linter of templates loads no module, and takes longer than all else.
    variables = {**os.environ, "CDK_VALIDATION": "false"}
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=_ROOT, env=variables, check=True, capture_output=True, text=True
    ).stdout
    return {module.split(".")[1] for module in json.loads(output)}
