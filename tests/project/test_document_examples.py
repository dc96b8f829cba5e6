"""The examples of the README and of docs/ work as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.rules import RULES
from tests.constructs.rules.support import warnings_at_synthesis
from tests.constructs.serving.endpoint_support import make_endpoint
from tests.constructs.support import make_job
from tests.project import checkout

_FENCE = re.compile(r"(?<!-->\n)```python\n(.*?)```", re.DOTALL)

#: The code on a page that is none of an example's own file. The examples have tests of their own.
BLOCKS = {
    f"{path.relative_to(checkout.ROOT)}, {number}": source
    for path in [checkout.ROOT / "README.md", *sorted((checkout.ROOT / "docs").rglob("*.md"))]
    for number, source in enumerate(_FENCE.findall(path.read_text(encoding="utf-8")), 1)
}
APPS = {place: source for place, source in BLOCKS.items() if "cdk.App()" in source}
PARTS = {place: source for place, source in BLOCKS.items() if place not in APPS}


def run(source: str, names: dict[str, Any]) -> None:
    exec(compile(source, "example", "exec"), names)


def broken_rules(stack: cdk.Stack) -> set[str]:
    return warnings_at_synthesis(stack).keys() & {rule.id for rule in RULES}


def names_of_a_page(source: str) -> dict[str, Any]:
    """What a part of an app uses without saying where it comes from."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Llama")
    return {
        **{name: getattr(optimization, name) for name in optimization.__all__},
        "cdk": cdk,
        "logs": logs,
        "events": events,
        "targets": targets,
        "stack": stack,
        "models": s3.Bucket.from_bucket_name(stack, "Models", "my-models"),
        "artifacts": optimization.OptimizationBucket(stack, "Artifacts"),
        # A provider must be configured before the first job.
        "job": make_job(stack) if re.search(r"\bjob\b", source) else None,
        "endpoint": make_endpoint(stack, "Served") if "endpoint.on_" in source else None,
        "log_group": logs.LogGroup(stack, "Log"),
        "topic": sns.Topic(stack, "Topic"),
        "evaluation": sfn.StateMachine(
            stack, "Evaluation", definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass"))
        ),
    }


@pytest.mark.parametrize("source", APPS.values(), ids=APPS)
def test_a_whole_app_has_its_job_and_breaks_no_rule(source: str) -> None:
    names: dict[str, Any] = {}
    run(source, names)
    template = assertions.Template.from_stack(names["stack"])
    template.resource_count_is("Custom::SageMakerOptimizationJob", 1)
    assert broken_rules(names["stack"]) == set()


@pytest.mark.parametrize("source", PARTS.values(), ids=PARTS)
def test_a_part_of_an_app_goes_into_a_stack(source: str) -> None:
    names = names_of_a_page(source)
    run(source, names)
    assert broken_rules(names["stack"]) == set()
    assertions.Template.from_stack(names["stack"])


def test_the_readme_and_the_first_page_have_a_whole_app() -> None:
    assert {"README.md, 1", "docs/getting-started.md, 1"} == set(APPS)


def test_every_example_has_a_page_that_shows_it() -> None:
    pages = [checkout.ROOT / "docs" / "serving.md", *(checkout.ROOT / "docs" / "use-cases").glob("*.md")]
    shown = re.findall(r"<!-- examples/(\w+)\.py -->\n```python\n", "".join(map(Path.read_text, pages)))
    examples = [path.stem for path in (checkout.ROOT / "examples").glob("[a-z]*.py")]
    assert sorted(shown) == sorted(examples)


def test_the_readme_leads_to_every_use_case() -> None:
    pages = {path.name for path in (checkout.ROOT / "docs" / "use-cases").glob("*.md")} - {"index.md"}
    linked = re.findall(r"\(docs/use-cases/([\w-]+\.md)\)", (checkout.ROOT / "README.md").read_text())
    assert sorted(linked) == sorted(pages)


def test_every_example_is_in_the_table_of_what_to_deploy() -> None:
    text = (checkout.ROOT / "docs" / "deploying-the-examples.md").read_text()
    listed = re.findall(r"^\| \[(\w+)\.py\]", text, re.MULTILINE)
    examples = [path.stem for path in (checkout.ROOT / "examples").glob("[a-z]*.py")]
    assert sorted(listed) == sorted(["app", *examples])
