from __future__ import annotations

import json

import pytest

from tests.function.requests import create, deployed, leg
from tests.simulation import SimulatedAws


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
