from __future__ import annotations

import json

import pytest

from tests.function.requests import create, deployed, leg, properties
from tests.simulation import Script, SimulatedAws


def test_each_decision_is_one_line_of_json_with_the_job_the_request_and_the_stack(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    request = create(aws)
    name = aws.carry_out(request)["PhysicalResourceId"]

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["decision"] for line in lines] == [
        "request",
        "create",
        "response",
        "responded",
        "track",
    ]
    assert {line["request_id"] for line in lines[:4]} == {request["RequestId"]}
    assert {line["stack"] for line in lines} == {"models"}
    assert {line.get("job") for line in (*lines[1:3], lines[4])} == {name}


def test_every_line_about_a_job_says_whose_it_is(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """The queries of docs/operating.md and docs/runbook.md find it by these fields."""
    aws.faults.fail("StartExecution", "ThrottlingException", times=2)
    name = deployed(aws)
    aws.carry_out(leg(aws, name))
    aws.faults.fail("PutEvents", "ThrottlingException")
    aws.settle(7200)
    aws.sagemaker.script = Script(ends_after=None)
    aws.begin_state("token", properties())
    aws.faults.fail("DescribeOptimizationJob", "ThrottlingException", times=3)
    aws.settle(600)
    aws.abort_state("token")
    aws.settle(600)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = {line["decision"] for line in lines}
    assert {
        "request",
        "responded",
        "track",
        "not told",
        "create",
        "wait",
        "abandon",
        "stop",
        "pipeline",
    } <= said
    measured = [line for line in lines if "_aws" in line]
    assert {line["StackName"] for line in measured} == {"models"}
    others = [line for line in lines if line not in measured]
    assert {line.get("stack") for line in others} == {"models"}
    assert [line for line in others if not line.get("logical_resource_id")] == []


def test_the_address_to_answer_at_is_in_no_log(aws: SimulatedAws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.faults.fail("PUT", "403", times=2)
    aws.faults.die_before("DescribeOptimizationJob")
    name = deployed(aws)
    aws.carry_out(leg(aws, name))
    aws.send({"RequestType": "Create", "ResponseURL": "https://answers.example/x?X-Amz-Signature=secret"})

    out = capsys.readouterr()
    assert "decision" in out.out
    assert "secret" not in out.out + out.err
    assert "ResponseURL" not in out.err
