from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization_job.cloudformation.request import Request
from optimization_job.cloudformation.response import MAX_BYTES, Response

REQUEST = Request.parse(
    {
        "RequestType": "Create",
        "RequestId": "c3a1d3b0-0000-0000-0000-000000000000",
        "ResourceType": "Custom::SageMakerOptimizationJob",
        "LogicalResourceId": "L" * 255,
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/" + "s" * 128 + "/0a1b2c3d",
        "ResponseURL": "https://answers.example/x?X-Amz-Signature=secret",
    }
)


def document(**fields: Any) -> tuple[bytes, dict[str, Any]]:
    body = Response(**{"status": "FAILED", "physical_resource_id": "job", **fields}).document(REQUEST)
    return body, json.loads(body)


def test_an_answer_has_the_fields_that_cloudformation_wants() -> None:
    _, answer = document(status="SUCCESS", data={"OptimizationJobName": "job"})

    assert answer == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "job",
        "StackId": REQUEST.stack_id,
        "RequestId": REQUEST.request_id,
        "LogicalResourceId": REQUEST.logical_resource_id,
        "Data": {"OptimizationJobName": "job"},
        "Reason": "",
    }


@pytest.mark.promise("Every request gets one response: the response is too long")
@pytest.mark.parametrize("letter", ["x", "ü", "漢", "😀", '"', "\\"])
def test_a_long_reason_is_cut_in_the_middle_so_that_the_answer_fits(letter: str) -> None:
    body, answer = document(reason=f"optimization job FAILED: {letter * 5000} See the job")

    assert MAX_BYTES - 8 <= len(body) <= MAX_BYTES
    assert answer["Reason"].startswith("optimization job FAILED: ")
    assert answer["Reason"].endswith(" See the job")
    assert " [...] " in answer["Reason"]


def test_the_reason_is_cut_before_anything_else() -> None:
    data = {"OutputLocation": "s3://" + "k" * 1000, "RecommendedInferenceImage": "i" * 255}

    _, answer = document(status="SUCCESS", reason="r" * 9000, data=data)

    assert answer["Data"] == data


def test_attributes_that_cannot_fit_are_a_failure_that_says_so() -> None:
    body, answer = document(status="SUCCESS", data={"OutputLocation": "漢" * 2000})

    assert len(body) <= MAX_BYTES
    assert answer["Status"] == "FAILED"
    assert "the attributes of job take" in answer["Reason"]


def test_control_characters_are_left_out_for_they_break_the_stack_events() -> None:
    _, answer = document(reason="a\x00b\x1bc\nd\ud800e")

    assert answer["Reason"] == "a b c d e"


@pytest.mark.promise("Every request gets one response: the response is too long")
@given(st.text(max_size=6000), st.dictionaries(st.text(max_size=20), st.text(max_size=3000), max_size=4))
def test_whatever_is_answered_fits_and_is_json(reason: str, data: dict[str, str]) -> None:
    body, answer = document(reason=reason, data=data)

    assert len(body) <= MAX_BYTES
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "job"


def test_an_answer_survives_the_state_machine() -> None:
    answer = Response("SUCCESS", "job", "why", {"a": "b"})

    assert Response.from_state(json.loads(json.dumps(answer.as_state()))) == answer


@pytest.mark.parametrize("rubbish", [{}, {"Status": "OK", "PhysicalResourceId": "x"}, {"Status": "SUCCESS"}])
def test_what_is_no_answer_is_refused(rubbish: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a response has a Status of SUCCESS or FAILED"):
        Response.from_state(rubbish)
