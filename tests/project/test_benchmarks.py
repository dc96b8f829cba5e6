"""The stack that the library is compared with is a good one, and the document has all that was compared."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from cfnlint.api import lint

from benchmarks.contenders.library import library
from benchmarks.contenders.stock import stock
from benchmarks.document import names
from benchmarks.mishaps import MISHAPS
from benchmarks.rows import ROWS, Row
from benchmarks.templates import synthesize


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    contenders = (stock(), library(timeout=cdk.Duration.hours(1)))
    return {
        contender.name: json.loads(
            synthesize(contender, 2, tmp_path_factory.mktemp(contender.name) / "assembly").read_text()
        )
        for contender in contenders
    }


_SUPERFLUOUS_DEPENDENCY = "W3005"
"""The CDK itself writes these, for each function with a role."""


@pytest.mark.parametrize("name", ["Stock", "Library"])
def test_the_linter_finds_nothing_in_either_stack(templates: dict[str, dict[str, Any]], name: str) -> None:
    found = [match for match in lint(json.dumps(templates[name])) if match.rule.id != _SUPERFLUOUS_DEPENDENCY]
    assert [str(match) for match in found] == []


def test_both_stacks_have_as_many_jobs_and_one_bucket(templates: dict[str, dict[str, Any]]) -> None:
    jobs = {"Stock": "Custom::OptimizationJob", "Library": "Custom::SageMakerOptimizationJob"}
    for name, template in templates.items():
        types = [resource["Type"] for resource in template["Resources"].values()]
        assert (types.count(jobs[name]), types.count("AWS::S3::Bucket")) == (2, 1)


def test_the_stock_stack_has_no_permission_for_everything(templates: dict[str, dict[str, Any]]) -> None:
    statements = [
        statement
        for logical_id, resource in templates["Stock"]["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy" and logical_id.startswith("Provider")
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert [
        statement for statement in statements if "*" in (statement["Action"], statement["Resource"])
    ] == []


def test_the_document_has_every_row() -> None:
    expected = {row.name for row in ROWS} | {mishap.name for mishap in MISHAPS}
    assert expected - set(names()) == set()
    assert len(names()) == len(expected)


def test_a_row_in_which_the_library_is_behind_says_why() -> None:
    explained, unexplained = Row("calls", "more is done"), Row("calls")
    assert explained.verdict(1, 2) == "behind: more is done"
    assert explained.verdict(2, 1) == "ahead"
    assert explained.verdict(1, 1.2) == "level"
    assert explained.verdict(1, 2, 0.9) == "ahead", "times count as the ratio of pairs"
    assert unexplained.is_unexplained(1, 2)
    assert not unexplained.is_unexplained(2, 1)
    assert not explained.is_unexplained(1, 2)
