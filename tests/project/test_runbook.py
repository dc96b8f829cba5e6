"""docs/runbook.md explains every line of the function's log, and every status that a stack is stuck in."""

from __future__ import annotations

import re

import pytest

from cdk_sagemaker_optimization.provider.names import name_part
from tests.project import checkout

TEXT = (checkout.ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
LAMBDA = checkout.ROOT / "lambda" / "optimization_job"
#: The names that the function makes of the names of its actions.
_OF_ACTIONS = {"stop", "delete"}
_CALL = re.compile(r"(?<!\w)_?log(?:_tracker|_metrics|_run)?\(\s*\"([^\"]+)\"")
DECISIONS = sorted(
    _OF_ACTIONS | {name for path in LAMBDA.rglob("*.py") for name in _CALL.findall(path.read_text())}
)


def rows(heading: str) -> list[str]:
    """The rows of the table of a chapter."""
    chapter = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in chapter.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_in_the_log_is_explained(decision: str) -> None:
    explained = [
        row for row in rows("What the function's log shows") if f"`{decision}`" in row.split(" | ")[0]
    ]
    assert explained, f"docs/runbook.md does not say what `{decision}` means"


def test_the_names_of_jobs_are_those_that_the_stack_of_the_examples_has() -> None:
    (command,) = re.findall(r"--name-contains (\S+)", TEXT)
    assert command == f"{name_part('Llama')}--"
    assert set(re.findall(r"\bllama\S*?--", TEXT)) == {command}


def test_no_decision_is_explained_that_the_function_does_not_log() -> None:
    named = {
        name
        for row in rows("What the function's log shows")
        for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    }
    assert named == set(DECISIONS)


@pytest.mark.parametrize(
    "status",
    ["CREATE_FAILED", "ROLLBACK_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"],
)
def test_every_status_that_a_stack_is_stuck_in_has_a_way_out(status: str) -> None:
    (row,) = (row for row in rows("A stack is stuck") if row.startswith(f"| `{status}` |"))
    assert len(row.split(" | ")) == 3


@pytest.mark.parametrize("page", ["operating", "runbook", "troubleshooting"])
def test_a_query_of_the_log_names_fields_that_lines_have(page: str) -> None:
    text = (checkout.ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    queries: list[str] = re.findall(r"fields @timestamp, ([^|]+)\|", text)
    assert queries
    for query in queries:
        names = {name.strip() for name in query.split(",")}
        # tests/function/test_log.py looks for these.
        assert names <= {"level", "decision", "stack", "logical_resource_id", "job", "kind", "why", "reason"}
