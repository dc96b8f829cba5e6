"""A definition that no execution has room for is refused before anything is created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optimization_job.contract import MAX_DEFINITION_BYTES
from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import SimulatedAws

#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_INPUT = 262_144


def environment(values: int, letter: str = "v") -> dict[str, str]:
    """An environment as large as the API allows."""
    return {f"{index:03d}{'k' * 253}": letter * 256 for index in range(values)}


def configs(amount: int) -> dict[str, Any]:
    each = {"ModelQuantizationConfig": {"OverrideEnvironment": environment(25)}}
    return {"OptimizationConfigs": [each] * amount}


LARGEST = {**configs(7), "Triggers": ["t" * 3000]}
TOO_LARGE = configs(10)


@pytest.fixture
def inputs(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the inputs of all executions that are started."""
    sizes: list[int] = []
    start = aws.start_execution

    def measure(**arguments: str) -> dict[str, Any]:
        sizes.append(len(arguments["input"].encode()))
        return start(**arguments)

    monkeypatch.setattr(aws, "start_execution", measure)
    return sizes


def test_the_largest_definition_is_created_updated_and_deleted(aws: SimulatedAws, inputs: list[int]) -> None:
    size = len(json.dumps(properties(**LARGEST)).encode())
    assert MAX_DEFINITION_BYTES * 0.9 < size < MAX_DEFINITION_BYTES
    longer = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}
    name = deployed(aws, **LARGEST)

    in_place = aws.carry_out(update(aws, name, properties(**LARGEST), properties(**LARGEST, **longer)))
    aws.stack_status = "DELETE_IN_PROGRESS"
    gone = aws.carry_out(delete(aws, name, **LARGEST, **longer))

    assert [in_place["Status"], gone["Status"]] == ["SUCCESS"] * 2
    assert max(inputs) > 1.8 * size, "an update has the old and the new properties"
    assert max(inputs) < MAX_INPUT


@pytest.mark.parametrize(
    "changes",
    [TOO_LARGE, {"OptimizationEnvironment": environment(100, "\u00fc")}],
    ids=["many settings", "letters that take more bytes"],
)
def test_a_definition_that_is_too_large_is_refused_before_anything_is_created(
    aws: SimulatedAws, changes: dict[str, Any]
) -> None:
    request = create(aws, **changes)
    aws.send(request)

    (answer,) = aws.answers[request["RequestId"]]
    assert answer["Status"] == "FAILED"
    assert f"must take at most {MAX_DEFINITION_BYTES} bytes, got" in answer["Reason"]
    assert "shorten the environments" in answer["Reason"]
    assert aws.executions == {}
    assert aws.sagemaker.requests == []


@pytest.mark.parametrize(
    "physical_id", [None, "models-Llama3-1ABCDEFGHIJK"], ids=["refused", "never answered"]
)
def test_the_delete_of_a_definition_that_is_too_large_succeeds(
    aws: SimulatedAws, physical_id: str | None
) -> None:
    refused = aws.carry_out(create(aws, **TOO_LARGE))["PhysicalResourceId"]
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(delete(aws, physical_id or refused, **TOO_LARGE))["Status"] == "SUCCESS"
    assert aws.executions == {}


def test_an_update_to_a_definition_that_is_too_large_is_refused_and_rolled_back(aws: SimulatedAws) -> None:
    name = deployed(aws)
    large = properties(**TOO_LARGE)
    refused = aws.carry_out(update(aws, name, properties(), large))
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    back = aws.carry_out(update(aws, name, large, properties()))

    assert (refused["Status"], refused["PhysicalResourceId"]) == ("FAILED", name)
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", name)
    assert len(aws.sagemaker.started) == 1


def test_there_is_room_for_the_rollback_of_an_update_that_no_execution_had_room_for(
    aws: SimulatedAws, inputs: list[int]
) -> None:
    """No job was ever made of the definition that is too large, so it need not go with the rollback."""
    old, large = properties(**LARGEST), properties(**configs(14))
    name = deployed(aws, **LARGEST)
    refused = aws.carry_out(update(aws, name, old, large))
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    back = aws.carry_out(update(aws, name, large, old))

    assert "must take at most" in refused["Reason"]
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", name)
    assert len(json.dumps(old).encode()) + len(json.dumps(large).encode()) > MAX_INPUT
    assert max(inputs) < MAX_INPUT
