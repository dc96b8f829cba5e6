"""Requests to custom resources, and what CloudFormation makes of their answers."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from tests.localcloud.services.cloudformation.stand_in import FUNCTION, Request, StandInCloud, answer, put
from tests.localcloud.services.cloudformation.templates import of, thing


def only_failure(cloud: StandInCloud, **properties: Any) -> str:
    """Deploy one custom resource that fails. Answers why."""
    stack = cloud.cloudformation.deploy(of(Thing=thing(**properties)), "demo")
    return next(event.reason or "" for event in stack.events if event.status == "CREATE_FAILED")


def on_create(code: Any) -> Any:
    """Code for Create; a Delete succeeds."""
    return lambda request: answer(request) if request["RequestType"] == "Delete" else code(request)


def test_the_request_is_the_document_that_aws_describes(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Thing=thing(Name="x")), "demo")

    request = dict(cloud.functions.requests[0])
    assert uuid.UUID(request.pop("RequestId")).version == 4
    assert "Signature=" in request.pop("ResponseURL")
    assert request == {
        "RequestType": "Create",
        "ServiceToken": FUNCTION,
        "StackId": stack.stack_id,
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": {"ServiceToken": FUNCTION, "Name": "x"},
    }


def test_numbers_and_booleans_arrive_as_text(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(Thing=thing(N=12, B=True, Deep=[{"F": 1.5, "No": False}])), "demo")

    sent = cloud.functions.requests[0]["ResourceProperties"]
    assert (sent["N"], sent["B"], sent["Deep"]) == ("12", "true", [{"F": "1.5", "No": "false"}])


def test_what_the_answer_carries_can_be_read_by_others(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request, Data={"Arn": "arn:x", "Dotted.Name": "y"})
    template = {
        **of(Thing=thing()),
        "Outputs": {
            "Arn": {"Value": {"Fn::GetAtt": ["Thing", "Arn"]}},
            "Dotted": {"Value": {"Fn::GetAtt": ["Thing", "Dotted.Name"]}},
        },
    }

    assert cloud.cloudformation.deploy(template, "demo").outputs == {"Arn": "arn:x", "Dotted": "y"}


def test_an_attribute_that_was_not_answered_fails_whoever_reads_it(cloud: StandInCloud) -> None:
    template = of(Thing=thing(), Reader=thing(Value={"Fn::GetAtt": ["Thing", "Missing"]}))

    stack = cloud.cloudformation.deploy(template, "demo")

    reason = next(event.reason or "" for event in stack.events if event.status == "CREATE_FAILED")
    assert reason.startswith(
        "CustomResource attribute error: Vendor response doesn't contain Missing key in object arn:"
    )
    assert "Create Reader" not in cloud.functions.kinds()


def test_what_must_not_be_echoed_is_masked(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request, Data={"Key": "secret"}, NoEcho=True)
    template = {**of(Thing=thing()), "Outputs": {"Key": {"Value": {"Fn::GetAtt": ["Thing", "Key"]}}}}

    assert cloud.cloudformation.deploy(template, "demo").outputs == {"Key": "****"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Status": None}, "Vendor response doesn't contain Status"),
        ({"PhysicalResourceId": ""}, "Invalid PhysicalResourceId"),
        ({"PhysicalResourceId": None}, "Invalid PhysicalResourceId"),
        ({"RequestId": "another"}, "Invalid RequestId"),
        ({"StackId": "another"}, "Invalid StackId"),
        ({"LogicalResourceId": "Another"}, "Invalid LogicalResourceId"),
        ({"Status": "DONE"}, "Invalid Status DONE"),
    ],
)
def test_an_answer_must_be_complete(cloud: StandInCloud, changes: dict[str, Any], reason: str) -> None:
    cloud.functions.code = on_create(lambda request: answer(request, **changes))

    assert only_failure(cloud) == reason


def test_an_answer_must_be_json(cloud: StandInCloud) -> None:
    cloud.functions.code = on_create(lambda request: put(request, b"fine, thanks"))

    assert only_failure(cloud) == "Response is not valid JSON"


def test_an_answer_of_4096_bytes_arrives(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        return _padded(request, 4096)

    cloud.functions.code = on_create(code)

    assert cloud.cloudformation.deploy(of(Thing=thing()), "demo").status == "CREATE_COMPLETE"
    assert cloud.cloudformation.responses[0].size == 4096


def test_an_answer_of_4097_bytes_fails_the_resource_at_once(cloud: StandInCloud) -> None:
    cloud.functions.code = on_create(lambda request: _padded(request, 4097))
    started = cloud.clock.time()

    assert only_failure(cloud) == "Response object is too long."
    assert cloud.clock.time() - started < 10


def test_an_answer_that_is_too_long_leaves_the_resource_its_id(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(Thing=thing(Size=1)), "demo")
    cloud.functions.code = lambda request: (
        _padded(request, 4097) if request["ResourceProperties"]["Size"] == "2" else answer(request)
    )

    stack = cloud.cloudformation.deploy(of(Thing=thing(Size=2)), "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.physical_id("Thing") == "Thing-1"
    assert cloud.functions.kinds() == ["Create Thing", "Update Thing", "Update Thing"]


def test_nobody_waits_longer_than_an_hour(cloud: StandInCloud) -> None:
    cloud.functions.code = on_create(lambda request: None)
    started = cloud.clock.time()

    reason = only_failure(cloud)

    assert reason.startswith("CloudFormation did not receive a response from your Custom Resource.")
    assert f"requestId [{cloud.functions.requests[0]['RequestId']}]" in reason
    assert 3600 <= cloud.clock.time() - started < 3610


def test_the_service_timeout_shortens_the_wait(cloud: StandInCloud) -> None:
    cloud.functions.code = on_create(lambda request: None)
    started = cloud.clock.time()

    only_failure(cloud, ServiceTimeout="60")

    assert 60 <= cloud.clock.time() - started < 70


@pytest.mark.parametrize("timeout", ["0", "3601", "soon"])
def test_the_service_timeout_is_at_most_an_hour(cloud: StandInCloud, timeout: str) -> None:
    assert only_failure(cloud, ServiceTimeout=timeout).startswith("ServiceTimeout must be between 1 and 3600")


def test_a_second_answer_changes_nothing(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request, PhysicalResourceId="first")
    stack = cloud.cloudformation.deploy(of(Thing=thing()), "demo")

    answer(cloud.functions.requests[0], PhysicalResourceId="second")

    assert stack.physical_id("Thing") == "first"
    assert [(a.number, a.late) for a in cloud.cloudformation.responses] == [(1, False), (2, True)]


def test_an_answer_with_a_content_type_is_not_what_was_signed(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: put(request, b"{}", "application/json")
    stack = cloud.cloudformation.deploy(of(Thing=thing(ServiceTimeout=1)), "demo")

    assert cloud.cloudformation.responses == []
    assert stack.history("Thing")[1] == "CREATE_FAILED"


def test_a_url_that_was_tampered_with_is_refused(cloud: StandInCloud) -> None:
    seen: list[int] = []

    def code(request: Request) -> object:
        seen.append(answer({**request, "ResponseURL": request["ResponseURL"] + "0"}))
        return answer(request)

    cloud.functions.code = code
    cloud.cloudformation.deploy(of(Thing=thing()), "demo")

    assert seen == [403]


def test_control_characters_in_a_reason_break_the_events(cloud: StandInCloud) -> None:
    cloud.functions.code = on_create(lambda request: answer(request, Status="FAILED", Reason="\x1b[31mred"))
    cloud.cloudformation.deploy(of(Thing=thing()), "demo")

    with pytest.raises(ResponseParserError):
        cloud.client("cloudformation").describe_stack_events(StackName="demo")


def test_a_function_that_does_not_exist_fails_the_resource(cloud: StandInCloud) -> None:
    definition = thing()
    definition["Properties"]["ServiceToken"] = FUNCTION + "-gone"

    stack = cloud.cloudformation.deploy(of(Thing=definition), "demo")

    reason = next(event.reason or "" for event in stack.events if event.status == "CREATE_FAILED")
    assert "could not be invoked" in reason


def test_the_other_name_of_custom_resources_works_alike(cloud: StandInCloud) -> None:
    definition = {**thing(Name="x"), "Type": "AWS::CloudFormation::CustomResource"}

    stack = cloud.cloudformation.deploy(of(Thing=definition), "demo")

    assert stack.status == "CREATE_COMPLETE"
    assert cloud.functions.requests[0]["ResourceType"] == "AWS::CloudFormation::CustomResource"


def _padded(request: Request, size: int) -> int:
    document = {
        "Status": "SUCCESS",
        "PhysicalResourceId": "x",
        **{name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "Data": {"Padding": ""},
    }
    document["Data"] = {"Padding": "p" * (size - len(json.dumps(document)))}
    return put(request, json.dumps(document).encode())
