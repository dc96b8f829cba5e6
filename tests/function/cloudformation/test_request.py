from __future__ import annotations

import pytest

from optimization_job.cloudformation.request import MalformedRequestError, Request
from tests.function.requests import create
from tests.simulation import SimulatedAws


def test_a_request_shows_nobody_where_to_answer(aws: SimulatedAws) -> None:
    assert "secret" not in repr(Request.parse(create(aws)))


def test_a_document_that_is_no_request_is_refused_with_what_is_missing() -> None:
    with pytest.raises(MalformedRequestError, match="missing: RequestType, RequestId, ResourceType"):
        Request.parse({"ResponseURL": "https://answers.example/x"})


@pytest.mark.promise("Every request gets one response: the request is of another resource type")
@pytest.mark.parametrize(("request_type", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
def test_a_resource_of_another_type_with_our_service_token_is_answered(
    aws: SimulatedAws, request_type: str, status: str
) -> None:
    request = create(aws) | {"ResourceType": "Custom::Other", "RequestType": request_type}
    aws.send(request)

    (answer,) = aws.answers[request["RequestId"]]
    assert answer["Status"] == status
    assert "got 'Custom::Other'" in answer["Reason"]


def test_a_document_that_says_not_where_to_answer_is_left(aws: SimulatedAws) -> None:
    aws.send({"RequestType": "Create"})

    assert aws.answers == {}
    assert aws.invocations == 1
