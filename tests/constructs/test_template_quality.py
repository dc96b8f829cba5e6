"""What every template must keep to: the snapshots, and the limits of CloudFormation and IAM."""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from app import JobStack
from cdk_sagemaker_optimization import Completion
from tests.constructs.support import (
    deployed,
    inline_policy_size,
    make_job,
    minified,
    new_app,
    resources_of,
    template_of,
)

_ROOT = Path(__file__).parents[2]
_SNAPSHOTS = Path(__file__).parent / "snapshots"
_EXAMPLES = sorted(path.stem for path in (_ROOT / "examples").glob("*.py") if path.stem != "__init__")

# IAM takes 10,240 characters of inline policies for a role, and 6,144 for a managed one, without white space.
_INLINE_LIMIT, _MANAGED_LIMIT = 10_240, 6_144


def _build(name: str) -> cdk.Stack | list[cdk.Stack]:
    app = new_app()
    if name == "app":
        return JobStack(app, "OptimizedModel")
    build: Callable[[cdk.App], cdk.Stack | list[cdk.Stack]]
    build = importlib.import_module(f"examples.{name}").build
    return build(app)


def _templates_of(built: cdk.Stack | list[cdk.Stack]) -> dict[str, Any]:
    """The template of a stack, and of several stacks their templates by the stacks' names."""
    if isinstance(built, list):
        return {stack.stack_name: template_of(stack) for stack in built}
    return template_of(built)


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    return {name: _templates_of(_build(name)) for name in ("app", *_EXAMPLES)}


@pytest.mark.newest_cdk  # an older one writes its own version of the same resources
@pytest.mark.parametrize("name", ["app", *_EXAMPLES])
def test_the_template_is_that_of_the_snapshot(templates: dict[str, dict[str, Any]], name: str) -> None:
    # The hash of the function's code is the business of another test.
    text = re.sub(r"\b[0-9a-f]{64}\b", "<asset>", json.dumps(templates[name], indent=2)) + "\n"
    path = _SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no snapshot of {name} yet: run with UPDATE_SNAPSHOTS=1"
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))


def test_there_is_no_snapshot_of_what_is_gone() -> None:
    assert {path.stem for path in _SNAPSHOTS.glob("*.json")} == {"app", *_EXAMPLES}


def test_the_provider_takes_at_most_ten_resources(stack: cdk.Stack) -> None:
    make_job(stack)
    resources = template_of(stack)["Resources"]
    assert len([name for name in resources if name.startswith("OptimizationJobProvider")]) <= 10


def test_a_job_takes_itself_its_legs_and_its_role_with_its_policy(stack: cdk.Stack) -> None:
    make_job(stack, "Llama", completion=Completion.wait(cdk.Duration.hours(1)))
    types = [
        body["Type"] for name, body in template_of(stack)["Resources"].items() if name.startswith("Llama")
    ]
    assert sorted(types) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "Custom::SageMakerOptimizationJob",
        *["Custom::SageMakerOptimizationJobCompletion"] * 2,
    ]


def test_sixty_jobs_of_five_legs_stay_inside_the_limits(app: cdk.App) -> None:
    stack = cdk.Stack(app, "InferencePlatformProduction")
    for number in range(60):
        make_job(
            stack,
            f"MetaLlama38BInstructQuantized{number}",
            completion=Completion.wait(cdk.Duration.minutes(275)),
        )
    template = template_of(stack)
    assert len(template["Resources"]) <= 500
    assert len(minified(template)) < 1_000_000
    assert len(resources_of(template, "Custom::SageMakerOptimizationJobCompletion")) == 300
    assert inline_policy_size(template, "OptimizationJobProviderFunctionRole") <= _INLINE_LIMIT


def _pass_many_roles(stack: cdk.Stack, *, count: int, length: int) -> None:
    """Jobs of as many roles, whose ARNs are as long as this."""
    for number in range(count):
        arn = f"arn:aws:iam::111122223333:role/{number}/"
        role = iam.Role.from_role_arn(stack, f"Role{number}", arn.ljust(length, "r"), mutable=False)
        make_job(stack, f"Job{number}", role=role, completion=Completion.detached())


@pytest.mark.parametrize(("count", "length"), [(120, 80), (100, 512)])
def test_roles_that_do_not_fit_into_one_policy_go_into_more(
    stack: cdk.Stack, count: int, length: int
) -> None:
    _pass_many_roles(stack, count=count, length=length)
    template = template_of(stack)
    managed = resources_of(template, "AWS::IAM::ManagedPolicy")
    sizes = [len(minified(deployed(policy["Properties"]["PolicyDocument"]))) for policy in managed.values()]
    assert 1 <= len(managed) <= 10
    assert max(sizes) <= _MANAGED_LIMIT
    assert inline_policy_size(template, "OptimizationJobProviderFunctionRole") <= _INLINE_LIMIT
    *_, last = resources_of(template, "Custom::SageMakerOptimizationJob").values()
    assert set(managed) <= set(last["DependsOn"])


def test_more_roles_than_fit_into_any_policies_are_an_error(stack: cdk.Stack) -> None:
    _pass_many_roles(stack, count=40, length=2000)
    with pytest.raises(RuntimeError, match=r"no room for 40 roles of jobs"):
        template_of(stack)
