"""For programs, each look is one JSON document whose members docs/watching.md describes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from cdk_sagemaker_optimization.watch.json_view import JsonView, document
from cdk_sagemaker_optimization.watch.look import Look, Resource
from cdk_sagemaker_optimization.watch.prices import Prices
from tests.constructs.watch.support_watch import JOB_TYPE, LEG_TYPE, NAME, at, failure, job, look, stack

_DOCUMENT = Path(__file__).parents[3] / "docs" / "watching.md"
_FREE = Prices()


def full() -> Look:
    """A look in which everything has a value."""
    failed = failure("no memory")
    waiting = Resource("AwqLeg1", "Models/AwqLeg1", LEG_TYPE, "CREATE_IN_PROGRESS", "", at(5))
    return look(
        stack(
            "CREATE_IN_PROGRESS",
            job(),
            waiting_for=(waiting,),
            events=(failed,),
            failure=failed,
            log_groups=("function-logs",),
        )
    )


def test_a_look_is_one_line() -> None:
    lines: list[str] = []
    view = JsonView(lines.append, _FREE)
    view.show(full())
    view.show(full())
    view.close()
    assert [json.loads(line) for line in lines] == [document(full(), _FREE)] * 2
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)


def test_a_job_has_its_times_shares_and_costs() -> None:
    (shown,) = document(full(), Prices(12))["stacks"][0]["jobs"]
    assert shown == {
        "name": NAME,
        "arn": None,
        "logical_id": "Awq",
        "resource_status": "CREATE_COMPLETE",
        "pipeline": False,
        "status": "INPROGRESS",
        "running": True,
        "failed": False,
        "reason": None,
        "created": "2026-11-27T08:01:00Z",
        "started": "2026-11-27T08:04:00Z",
        "ended": None,
        "age_seconds": 1740,
        "pending_seconds": 180,
        "max_pending_seconds": 3600,
        "pending_share": 0.05,
        "run_seconds": 1560,
        "max_runtime_seconds": 14_400,
        "runtime_share": 0.1083,
        "instance_type": "ml.g5.12xlarge",
        "instances": 1,
        "price": 12,
        "cost": 5.2,
        "max_cost": 48.0,
        "output_location": "s3://artifacts/llama/",
        "recommended_image": None,
    }


def test_a_stack_has_what_it_waits_for_and_what_failed() -> None:
    (shown,) = document(full(), _FREE)["stacks"]
    assert shown["waiting_for"][0]["logical_id"] == "AwqLeg1"
    assert shown["waiting_for"][0]["since"] == "2026-11-27T08:05:00Z"
    assert shown["failure"]["reason"] == "no memory"
    assert shown["log_groups"] == ["function-logs"]
    assert (shown["in_progress"], shown["failed"]) == (True, False)


def test_what_is_not_known_is_null() -> None:
    nothing = job("NOT_CREATED", name="", created=None, started=None, max_runtime=None, output_location="")
    shown = document(look(stack("CREATE_IN_PROGRESS", nothing)), Prices(12))["stacks"][0]["jobs"][0]
    for member in (
        "name",
        "created",
        "age_seconds",
        "run_seconds",
        "runtime_share",
        "cost",
        "output_location",
    ):
        assert shown[member] is None, member


def test_a_problem_is_a_member_beside_the_last_state() -> None:
    shown = document(look(problem="Rate exceeded", minutes=31, seen=at(30)), _FREE)
    assert (shown["problem"], shown["at_rest"]) == ("Rate exceeded", False)
    assert (shown["seen"], shown["time"]) == ("2026-11-27T08:30:00Z", "2026-11-27T08:31:00Z")


def members(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return set().union(*(members(item, f"{path}[]") for item in value)) if value else set()
    if isinstance(value, dict):
        names = {f"{path}.{name}".lstrip(".") for name in value}
        return names.union(*(members(item, f"{path}.{name}".lstrip(".")) for name, item in value.items()))
    return set()


def test_every_member_is_documented_and_no_other() -> None:
    _, _, section = _DOCUMENT.read_text().partition("## JSON")
    section = section.partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = set(re.findall(r"`([^`]+)`", " ".join(first_cells)))
    assert members(document(full(), Prices(12))) == documented
    assert JOB_TYPE in _DOCUMENT.read_text()
