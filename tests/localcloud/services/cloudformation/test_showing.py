"""What the API shows of stacks."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.services.cloudformation.stand_in import StandInCloud
from tests.localcloud.services.cloudformation.templates import of, parameter, thing


def test_events_come_newest_first_in_pages(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(**{f"P{number}": parameter("x") for number in range(40)}), "demo")
    client = cloud.client("cloudformation")

    pages = list(client.get_paginator("describe_stack_events").paginate(StackName="demo"))

    events = [event for page in pages for event in page["StackEvents"]]
    assert [len(page["StackEvents"]) for page in pages] == [100, 22]
    assert events[0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert events[0]["ResourceType"] == "AWS::CloudFormation::Stack"
    times = [event["Timestamp"] for event in events]
    assert times == sorted(times, reverse=True)


def test_new_events_do_not_shift_the_pages(cloud: StandInCloud) -> None:
    template = of(**{f"P{number}": parameter("x") for number in range(40)})
    cloud.cloudformation.deploy(template, "demo")
    client = cloud.client("cloudformation")
    first = client.describe_stack_events(StackName="demo")
    cloud.cloudformation.deploy({**template, "Outputs": {"O": {"Value": "x"}}}, "demo")

    second = client.describe_stack_events(StackName="demo", NextToken=first["NextToken"])

    shown = {event["EventId"] for event in first["StackEvents"]}
    assert not shown & {event["EventId"] for event in second["StackEvents"]}
    assert len(second["StackEvents"]) == 22


def test_events_carry_what_tools_need(cloud: StandInCloud) -> None:
    body = json.dumps(of(A=thing(Size=1)))
    cloud.cloudformation.call(
        "CreateStack", {"StackName": "demo", "TemplateBody": body, "ClientRequestToken": "token"}
    )
    stack = cloud.cloudformation.stack("demo").wait()

    events = cloud.client("cloudformation").describe_stack_events(StackName=stack.stack_id)["StackEvents"]

    done = next(event for event in events if event["LogicalResourceId"] == "A")
    assert done["PhysicalResourceId"] == "A-1"
    assert done["ClientRequestToken"] == "token"
    assert json.loads(done["ResourceProperties"])["Size"] == 1
    assert len({event["OperationId"] for event in events}) == 1


def test_resources_are_shown(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A={**thing(), "Metadata": {"aws:cdk:path": "demo/A"}}), "demo")
    client = cloud.client("cloudformation")

    detail = client.describe_stack_resource(StackName="demo", LogicalResourceId="A")["StackResourceDetail"]
    assert (detail["PhysicalResourceId"], detail["ResourceStatus"]) == ("A-1", "CREATE_COMPLETE")
    assert json.loads(detail["Metadata"]) == {"aws:cdk:path": "demo/A"}
    listed = client.list_stack_resources(StackName="demo")["StackResourceSummaries"]
    assert [item["LogicalResourceId"] for item in listed] == ["A"]
    found = client.describe_stack_resources(StackName="demo")["StackResources"]
    assert [item["StackName"] for item in found] == ["demo"]


def test_the_template_comes_back(cloud: StandInCloud) -> None:
    template = of(A=thing())
    cloud.cloudformation.deploy(template, "demo")

    assert cloud.client("cloudformation").get_template(StackName="demo")["TemplateBody"] == template


def test_a_template_is_summed_up(cloud: StandInCloud) -> None:
    body = json.dumps(
        {
            "Parameters": {"P": {"Type": "Number", "Default": 1}},
            "Resources": {"R": {"Type": "AWS::IAM::Role"}},
        }
    )

    summary = cloud.client("cloudformation").get_template_summary(TemplateBody=body)

    assert summary["ResourceTypes"] == ["AWS::IAM::Role"]
    assert summary["Capabilities"] == ["CAPABILITY_IAM"]
    assert summary["Parameters"][0]["DefaultValue"] == "1"


def test_stacks_are_listed_deleted_ones_too(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "one")
    cloud.cloudformation.deploy(of(A=thing()), "two")
    cloud.cloudformation.delete("one")
    client = cloud.client("cloudformation")

    listed = {item["StackName"]: item["StackStatus"] for item in client.list_stacks()["StackSummaries"]}
    assert listed == {"one": "DELETE_COMPLETE", "two": "CREATE_COMPLETE"}
    assert [item["StackName"] for item in client.describe_stacks()["Stacks"]] == ["two"]
    only = client.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]
    assert [item["StackName"] for item in only] == ["two"]


def test_a_stack_that_does_not_exist(cloud: StandInCloud) -> None:
    client = cloud.client("cloudformation")

    with pytest.raises(ClientError, match="Stack with id never does not exist"):
        client.describe_stacks(StackName="never")
    with pytest.raises(ClientError, match=r"Stack \[never\] does not exist"):
        client.describe_stack_events(StackName="never")


def test_an_operation_that_is_not_there_says_so(cloud: StandInCloud) -> None:
    with pytest.raises(ClientError, match="the local cloud has no cloudformation:DetectStackDrift"):
        cloud.client("cloudformation").detect_stack_drift(StackName="demo")


def test_a_stacks_times_have_milliseconds_as_those_of_other_services(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(P=parameter("x")), "demo")
    cloud.cloudformation.deploy(of(P=parameter("y")), "demo")
    [stack] = cloud.client("cloudformation").describe_stacks(StackName="demo")["Stacks"]
    assert [stack[name].microsecond % 1000 for name in ("CreationTime", "LastUpdatedTime")] == [0, 0]
