"""Moto's Step Functions interpreter parses each definition once, and executions share nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.antlr.runtime.ASLParser import ASLParser

from localcloud import LocalCloud

# Fails four times, of which the last is one too many.
FAIL = {
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "work", "Payload": {}},
            "Retry": [{"ErrorEquals": ["OSError"], "IntervalSeconds": 2, "MaxAttempts": 3}],
            "End": True,
        }
    },
}
INVOKE = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}


def test_a_definition_is_parsed_once_and_each_execution_counts_its_own_retries(
    cloud: LocalCloud,
    role: Callable[..., str],
    function: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[Any] = []
    parse: Any = ASLParser.state_machine

    def state_machine(parser: Any) -> Any:
        parsed.append(parser)
        return parse(parser)

    monkeypatch.setattr(ASLParser, "state_machine", state_machine)
    function("def handler(event, context):\n    raise OSError\n", role())
    definition = json.dumps({"Comment": "fails", **FAIL})
    arn = cloud.client("stepfunctions").create_state_machine(
        name="failing", definition=definition, roleArn=role(INVOKE, name="failing")
    )["stateMachineArn"]

    executions = [cloud.state_machines.start(arn) for _ in range(3)]
    cloud.clock.advance(1_000)
    assert [cloud.state_machines.execution(each).error for each in executions] == ["OSError"] * 3
    assert len(cloud.calls.of("lambda", "Invoke")) == 3 * (1 + 3)
    assert len(parsed) == 1
