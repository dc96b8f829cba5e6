"""`Fn::GetStackOutput`: a stack reads an output of another one, whenever it is created or updated."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.cloudformation import StackView
from tests.localcloud.services.cloudformation.stand_in import Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, thing


def sized(request: Request) -> object:
    size = request["ResourceProperties"].get("Size", "0")
    return answer(request, PhysicalResourceId=f"{request['LogicalResourceId']}-{size}")


def producer(cloud: StandInCloud, size: int = 1) -> StackView:
    cloud.functions.code = sized
    template = of(Thing=thing(Size=size)) | {"Outputs": {"Id": {"Value": {"Ref": "Thing"}}}}
    return cloud.cloudformation.deploy(template, "producer")


def consumer(cloud: StandInCloud, **changes: Any) -> StackView:
    reference = {"StackName": "producer", "OutputName": "Id", **changes}
    return cloud.cloudformation.deploy(of(Reader=thing(Id={"Fn::GetStackOutput": reference})), "consumer")


def read(cloud: StandInCloud) -> list[str]:
    """What the consumer was given, in order."""
    requests = [each for each in cloud.functions.requests if each["LogicalResourceId"] == "Reader"]
    return [each["ResourceProperties"]["Id"] for each in requests]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Region": "us-east-1"},
        {"Region": {"Ref": "AWS::Region"}, "StackName": {"Fn::Join": ["", ["pro", "ducer"]]}},
        {"RoleArn": "arn:aws:iam::123456789012:role/reader"},
    ],
)
def test_the_output_of_another_stack_is_read(cloud: StandInCloud, changes: dict[str, Any]) -> None:
    producer(cloud)
    assert consumer(cloud, **changes).status == "CREATE_COMPLETE"
    assert read(cloud) == ["Thing-1"]


def test_a_changed_output_is_read_by_the_next_update_and_not_before(cloud: StandInCloud) -> None:
    producer(cloud)
    consumer(cloud)

    assert producer(cloud, size=2).status == "UPDATE_COMPLETE"
    assert read(cloud) == ["Thing-1"]

    assert consumer(cloud).status == "UPDATE_COMPLETE"
    assert read(cloud) == ["Thing-1", "Thing-2"]


def test_the_producer_can_be_deleted_under_its_consumer(cloud: StandInCloud) -> None:
    producer(cloud)
    stack = consumer(cloud)

    assert cloud.cloudformation.delete("producer").status == "DELETE_COMPLETE"
    assert stack.status == "CREATE_COMPLETE"
    assert cloud.cloudformation.delete("consumer").status == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"StackName": "nobody"}, "Stack with id nobody does not exist in us-east-1"),
        ({"Region": "eu-west-1"}, "Stack with id producer does not exist in eu-west-1"),
        ({"OutputName": "Other"}, "Stack producer in us-east-1 has no output Other"),
        (
            {"RoleArn": "arn:aws:iam::999999999999:role/reader"},
            (
                "Fn::GetStackOutput of producer with arn:aws:iam::999999999999:role/reader: the local cloud"
                " has one account only, 123456789012"
            ),
        ),
    ],
)
def test_what_is_not_there_fails_the_consumer(
    cloud: StandInCloud, changes: dict[str, Any], reason: str
) -> None:
    producer(cloud)
    stack = consumer(cloud, **changes)

    assert stack.status == "ROLLBACK_COMPLETE"
    (failed,) = [event for event in stack.events if event.status == "CREATE_FAILED"]
    assert failed.reason == reason


def test_a_reference_without_an_output_is_an_error_of_the_template(cloud: StandInCloud) -> None:
    template = of(Reader=thing(Id={"Fn::GetStackOutput": {"StackName": "producer"}}))
    stack = cloud.cloudformation.deploy(template, "consumer")
    (failed,) = [event for event in stack.events if event.status == "CREATE_FAILED"]
    assert "Fn::GetStackOutput needs StackName and OutputName" in (failed.reason or "")
