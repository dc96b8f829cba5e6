"""Moto's Step Functions interpreter copies an execution's data, and not by `deepcopy`."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud

Make = Callable[..., str]

DEFINITION = {
    "StartAt": "Look",
    "States": {
        "Look": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.job.name", "StringEquals": "llama", "Next": "Add"}],
            "Default": "Fail",
        },
        "Fail": {"Type": "Fail"},
        "Add": {
            "Type": "Pass",
            "Parameters": {"before.$": "$.job", "again.$": "$.job"},
            "ResultPath": "$.job.added",
            "End": True,
        },
    },
}


def test_an_execution_makes_its_output_of_copies(
    cloud: LocalCloud, role: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = cloud.client("stepfunctions").create_state_machine(
        name="machine", definition=json.dumps(DEFINITION), roleArn=role()
    )["stateMachineArn"]
    copied: list[Any] = []
    slowly = copy.deepcopy

    def deepcopy(value: Any, memo: dict[int, Any] | None = None) -> Any:
        copied.append(value)
        return slowly(value, memo)

    monkeypatch.setattr(copy, "deepcopy", deepcopy)
    data = {"job": {"name": "llama", "tags": [{"key": 1.5}, None, True]}}

    arn = cloud.state_machines.start(machine, data)
    cloud.clock.advance(1)

    output = json.loads(cloud.client("stepfunctions").describe_execution(executionArn=arn)["output"])
    assert output == {"job": {**data["job"], "added": {"before": data["job"], "again": data["job"]}}}
    assert [value for value in copied if isinstance(value, dict) and "job" in value] == []
