"""Every statement about a job holds for that job in both spellings of its name, and for no other stack's.

IAM compares names letter by letter. For some resources SageMaker hands it the name in lower case, and nobody
has seen which it does for optimization jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization import Completion
from tests.constructs.fit.support import VIRGINIA
from tests.constructs.support import (
    JOB,
    as_list,
    flat,
    make_job,
    new_app,
    properties_of,
    resources_of,
    template_of,
)

_FINGERPRINT = "0123456789abcdef"
_ARN = "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/"

_STACKS = [
    "app",
    "App",
    "APP",
    "app-prod",
    "app--prod",
    "app-0d04bf",
    "a" * 22,
    "a" * 23,
    "facade",
    "A" * 100,
]


def _patterns(template: dict[str, Any]) -> set[str]:
    """The names, and patterns of names, of optimization jobs in all statements of a template."""
    return {
        text.rpartition(":optimization-job/")[2]
        for statement in _statements(template)
        for text in map(flat, as_list(statement.get("Resource", [])))
        if ":optimization-job/" in text
    }


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _statements(item)


def _names(template: dict[str, Any]) -> set[str]:
    """What the jobs of a template may be called, as they are and in lower case."""
    names = set()
    for job in resources_of(template, JOB).values():
        properties = job["Properties"]
        name = properties.get("OptimizationJobName") or f"{properties['NamePrefix']}-{_FINGERPRINT}"
        names |= {name, name.lower()}
    return names


def _matches(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern)


def _check(templates: dict[str, dict[str, Any]]) -> None:
    for stack, template in templates.items():
        patterns, own = _patterns(template), _names(template)
        assert own
        for name in own:
            assert any(_matches(pattern, name) for pattern in patterns), f"{stack} may not use {name}"
        for other, foreign in templates.items():
            for name in _names(foreign) if other != stack else ():
                found = [pattern for pattern in patterns if _matches(pattern, name)]
                assert found == [], f"{stack} may use {name} of {other}"


def test_stacks_with_names_alike_never_share_a_pattern() -> None:
    templates = {}
    for name in _STACKS:
        stack = cdk.Stack(new_app(), "Stack", stack_name=name)
        make_job(stack, "Job", completion=Completion.detached())
        templates[name] = template_of(stack)
    assert all(name == name.lower() for template in templates.values() for name in _names(template))
    _check(templates)


def test_nested_stacks_never_share_a_pattern() -> None:
    app = new_app()
    parent = cdk.Stack(app, "App")
    stacks = {"parent": parent, "one": cdk.NestedStack(parent, "Nested")}
    stacks["two"] = cdk.NestedStack(parent, "nested")
    stacks["inner"] = cdk.NestedStack(stacks["one"], "Nested")
    stacks["beside"] = cdk.Stack(app, "App-Nested")
    for stack in stacks.values():
        make_job(stack, completion=Completion.detached())
    _check({name: template_of(stack) for name, stack in stacks.items()})


def test_a_chosen_name_with_capitals_is_permitted_in_both_spellings() -> None:
    templates = {}
    for name in ("My-Job", "my-job-2", "app"):
        stack = cdk.Stack(new_app(), "app")
        make_job(stack, optimization_job_name=name, completion=Completion.detached())
        templates[name] = template_of(stack)
        assert _patterns(templates[name]) == {"app--*", name, name.lower()}
    _check(templates)


def test_the_examples_hold_in_both_spellings_and_for_no_other_example() -> None:
    # The snapshots are the examples' templates, which another test holds.
    snapshots = sorted((Path(__file__).parents[1] / "snapshots").glob("*.json"))
    templates: dict[str, Any] = {}
    for path in snapshots:
        content = json.loads(path.read_text(encoding="utf-8"))
        # An example of several stacks has a template for each.
        templates |= {path.stem: content} if "Resources" in content else content
    with_jobs = {name: template for name, template in templates.items() if resources_of(template, JOB)}
    assert len(with_jobs) > 10
    _check(with_jobs)


def _granted(job: Any, stack: cdk.Stack) -> list[str]:
    role = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    job.grants.describe(role)
    return [
        flat(resource)
        for statement in _statements(template_of(stack))
        if statement["Action"] == "sagemaker:DescribeOptimizationJob"
        for resource in as_list(statement["Resource"])
    ]


def test_grants_on_a_job_are_for_both_spellings() -> None:
    stack = cdk.Stack(new_app(), "Stack", env=VIRGINIA)
    granted = _granted(make_job(stack, optimization_job_name="My-Job"), stack)
    assert granted[0].endswith(".OptimizationJobArn}")
    assert [arn.rpartition("/")[2] for arn in granted[1:]] == ["My-Job", "my-job"]


def test_grants_on_a_job_with_a_generated_name_are_for_its_arn(stack: cdk.Stack) -> None:
    (arn,) = _granted(make_job(stack), stack)
    assert arn.endswith(".OptimizationJobArn}")


@pytest.mark.parametrize("how", ["name", "arn"])
def test_grants_and_rules_for_an_imported_job_are_for_both_spellings(stack: cdk.Stack, how: str) -> None:
    if how == "name":
        job = optimization.OptimizationJob.from_optimization_job_name(stack, "Imported", "My-Job")
    else:
        job = optimization.OptimizationJob.from_optimization_job_arn(stack, "Imported", f"{_ARN}My-Job")
    job.on_completed("Done")
    granted = _granted(job, stack)
    assert [arn.rpartition("/")[2] for arn in granted] == ["My-Job", "my-job"]
    assert job.optimization_job_name == "My-Job" or how == "name"


def test_a_rule_for_an_imported_job_hears_of_both_spellings(stack: cdk.Stack) -> None:
    job = optimization.OptimizationJob.from_optimization_job_arn(stack, "Imported", f"{_ARN}My-Job")
    job.on_completed("Done")
    detail = properties_of(template_of(stack), "AWS::Events::Rule")["EventPattern"]["detail"]
    assert detail["OptimizationJobArn"] == [f"{_ARN}My-Job", f"{_ARN}my-job"]


def test_a_name_that_only_the_deployment_knows_is_permitted_as_it_is(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    make_job(stack, optimization_job_name=name, completion=Completion.detached())
    assert _patterns(template_of(stack)) == {"stack-e55164--*", "${Name}"}


def test_the_deployed_text_has_no_capitals_in_a_generated_name(stack: cdk.Stack) -> None:
    make_job(stack, "Llama3-8B")
    prefix = properties_of(template_of(stack))["NamePrefix"]
    assert prefix == prefix.lower()
    assert json.dumps(prefix).count("--") == 1
