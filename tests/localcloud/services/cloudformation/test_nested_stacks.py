"""Stacks within stacks."""

from __future__ import annotations

import json
from typing import Any

from tests.localcloud.services.cloudformation.stand_in import Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, thing


def nested(cloud: StandInCloud, key: str, inner: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """Put a template into a bucket. Answers a resource that nests it."""
    s3 = cloud.client("s3")
    if "templates" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key=key, Body=json.dumps(inner).encode())
    url = f"https://s3.us-east-1.amazonaws.com/templates/{key}"
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": parameters},
    }


def inner(size: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "Parameters": {"Name": {"Type": "String", "Default": "x"}},
        **of(Thing=thing(Size=size, Name={"Ref": "Name"}), **more),
        "Outputs": {"Id": {"Value": {"Fn::Sub": "${Thing}/${Name}"}}},
    }


def unlucky(request: Request) -> object:
    size = request["ResourceProperties"].get("Size")
    if request["RequestType"] == "Delete":
        return answer(request)
    if size == "13":
        return answer(request, Status="FAILED", Reason="unlucky")
    return answer(request, PhysicalResourceId=f"{request['LogicalResourceId']}-{size}")


def test_parameters_go_in_and_outputs_come_out(cloud: StandInCloud) -> None:
    template = of(
        Inner=nested(cloud, "a", inner(), Name="deep"),
        After=thing(Id={"Fn::GetAtt": ["Inner", "Outputs.Id"]}),
    )

    stack = cloud.cloudformation.deploy(template, "demo")

    assert stack.status == "CREATE_COMPLETE"
    assert cloud.functions.requests[-1]["ResourceProperties"]["Id"] == "Thing-1/deep"
    assert cloud.cloudformation.stack(stack.physical_id("Inner")).name.startswith("demo-Inner-")


def test_a_nested_failure_takes_the_whole_stack_back(cloud: StandInCloud) -> None:
    cloud.functions.code = unlucky

    stack = cloud.cloudformation.deploy(of(Inner=nested(cloud, "a", inner(13)), Other=thing(Size=1)), "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    reason = next(
        e.reason or "" for e in stack.events if (e.logical_id, e.status) == ("Inner", "CREATE_FAILED")
    )
    assert "was not successfully created: The following resource(s) failed to create: [Thing]." in reason
    assert cloud.cloudformation.stacks[0].name == "demo"
    assert len(cloud.cloudformation.stacks) == 1


def test_a_nested_clean_up_waits_for_the_parent_to_succeed(cloud: StandInCloud) -> None:
    cloud.functions.code = unlucky
    cloud.cloudformation.deploy(of(Inner=nested(cloud, "a", inner(1))), "demo")

    template = of(Inner=nested(cloud, "b", inner(2)), After=thing(depends_on=["Inner"], Size=4))
    stack = cloud.cloudformation.deploy(template, "demo")

    assert cloud.functions.kinds() == ["Create Thing", "Update Thing", "Create After", "Delete Thing"]
    assert cloud.cloudformation.stack(stack.physical_id("Inner")).status == "UPDATE_COMPLETE"


def test_a_parent_that_fails_later_takes_the_nested_stack_back(cloud: StandInCloud) -> None:
    cloud.functions.code = unlucky
    cloud.cloudformation.deploy(of(Inner=nested(cloud, "a", inner(1))), "demo")

    template = of(Inner=nested(cloud, "b", inner(2)), After=thing(depends_on=["Inner"], Size=13))
    stack = cloud.cloudformation.deploy(template, "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    inner_stack = cloud.cloudformation.stack(stack.physical_id("Inner"))
    assert inner_stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert inner_stack.physical_id("Thing") == "Thing-1"
    deleted = {r["PhysicalResourceId"] for r in cloud.functions.requests if r["RequestType"] == "Delete"}
    assert "Thing-2" in deleted
    assert "Thing-1" not in deleted


def test_a_nested_update_that_fails_is_taken_back_with_the_parent(cloud: StandInCloud) -> None:
    cloud.functions.code = unlucky
    cloud.cloudformation.deploy(of(Inner=nested(cloud, "a", inner(1))), "demo")

    stack = cloud.cloudformation.deploy(of(Inner=nested(cloud, "b", inner(13))), "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.cloudformation.stack(stack.physical_id("Inner")).status == "UPDATE_ROLLBACK_COMPLETE"


def test_deleting_the_parent_deletes_the_nested_stack(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(Inner=nested(cloud, "a", inner())), "demo")

    cloud.cloudformation.delete("demo")

    assert cloud.cloudformation.stacks == []
    assert cloud.functions.kinds() == ["Create Thing", "Delete Thing"]


def test_a_stack_deleted_while_its_nested_stack_is_created(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request) if request["RequestType"] == "Delete" else None
    template = of(Inner=nested(cloud, "a", inner()))
    cloud.clock.pause()
    stack = cloud.cloudformation.deploy(template, "demo", wait=False)
    cloud.functions.wait_for("Create Thing")
    nested_stack = next(view for view in cloud.cloudformation.stacks if view.name != "demo")

    cloud.cloudformation.delete("demo", wait=False)
    cloud.clock.resume()
    stack.wait()

    assert stack.status == "DELETE_COMPLETE"
    assert nested_stack.status == "DELETE_COMPLETE"
    assert cloud.functions.kinds() == ["Create Thing", "Delete Thing"]
