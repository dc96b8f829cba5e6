"""Real requests and the examples pass without a word."""

from __future__ import annotations

import importlib
from pathlib import Path

import aws_cdk as cdk
import pytest

from app import JobStack
from cdk_sagemaker_optimization.rules import RULES
from tests.constructs.payloads.stacks import BUILDERS
from tests.constructs.rules.support import warnings_at_synthesis
from tests.constructs.support import new_app

_EXAMPLES = sorted(path.stem for path in (Path(__file__).parents[3] / "examples").glob("[a-z]*.py"))

_RULES = {rule.id for rule in RULES}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_real_request_passes(stack: cdk.Stack, name: str) -> None:
    BUILDERS[name](stack)
    assert warnings_at_synthesis(stack).keys() & _RULES == set()


@pytest.mark.newest_cdk  # an example may use what an older one lacks
@pytest.mark.parametrize("name", _EXAMPLES)
def test_an_example_passes(app: cdk.App, name: str) -> None:
    built = importlib.import_module(f"examples.{name}").build(app)
    for stack in built if isinstance(built, list) else [built]:
        assert warnings_at_synthesis(stack).keys() & _RULES == set()


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"technique": "fp8"},
        {"technique": "compilation", "instance_type": "ml.inf2.8xlarge"},
        {"technique": "sharding", "instance_type": "ml.p4d.24xlarge"},
        {"technique": "eagle", "instance_type": "ml.g6.24xlarge"},
    ],
    ids=lambda context: context.get("technique", "awq"),
)
def test_the_example_app_passes(context: dict[str, str]) -> None:
    stack = JobStack(new_app(**context), "OptimizedModel")
    assert warnings_at_synthesis(stack).keys() & _RULES == set()
