"""Templates: their values, and their mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.kernel.api import ApiError
from tests.localcloud.services.cloudformation.stand_in import FUNCTION, StandInCloud
from tests.localcloud.services.cloudformation.templates import of, parameter, thing


def value_of(cloud: StandInCloud, value: Any, **sections: Any) -> str:
    """What a value comes to, as an output."""
    template = {**of(Thing=thing()), "Outputs": {"Value": {"Value": value}}, **sections}
    stack = cloud.cloudformation.deploy(template, "demo")
    assert stack.status == "CREATE_COMPLETE", stack.reason
    return stack.outputs["Value"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Thing"}, "Thing-1"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::StackName"}, "demo"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Fn::Join": ["-", ["a", 1, True]]}, "a-1-true"),
        ({"Fn::Sub": "${Thing} in ${AWS::Region}, not ${!Thing}"}, "Thing-1 in us-east-1, not ${Thing}"),
        ({"Fn::Sub": ["${A}${Thing}", {"A": "x"}]}, "xThing-1"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 3, 8]}]}, "10.0.1.0/24"),
        ({"Fn::Length": [1, 2, 3]}, "3"),
        ({"Fn::ToJsonString": {"a": {"Ref": "Thing"}}}, '{"a":"Thing-1"}'),
    ],
)
def test_functions(cloud: StandInCloud, value: Any, expected: str) -> None:
    assert value_of(cloud, value) == expected


def test_a_value_is_found_in_a_map(cloud: StandInCloud) -> None:
    sizes = {"Sizes": {"us-east-1": {"Default": "large"}}}

    assert (
        value_of(cloud, {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Default"]}, Mappings=sizes)
        == "large"
    )


def test_conditions_decide_about_resources_values_and_outputs(cloud: StandInCloud) -> None:
    template = {
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Conditions": {
            "Production": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "Small": {"Fn::Not": [{"Condition": "Production"}]},
            "Both": {"Fn::And": [{"Condition": "Small"}, {"Fn::Equals": [1, "1"]}]},
            "Either": {"Fn::Or": [{"Condition": "Production"}, {"Condition": "Both"}]},
        },
        "Resources": {
            "Big": {**thing(), "Condition": "Production"},
            "Little": thing(
                Size={"Fn::If": ["Either", "s", "l"]},
                Gone={"Fn::If": ["Small", {"Ref": "AWS::NoValue"}, "x"]},
            ),
        },
        "Outputs": {
            "Big": {"Condition": "Production", "Value": {"Ref": "Big"}},
            "Little": {"Value": {"Ref": "Little"}},
        },
    }

    stack = cloud.cloudformation.deploy(template, "demo")
    assert set(stack.outputs) == {"Little"}
    assert cloud.functions.requests[0]["ResourceProperties"] == {"ServiceToken": FUNCTION, "Size": "s"}

    stack = cloud.cloudformation.deploy(template, "demo", parameters={"Stage": "prod"})
    assert set(stack.outputs) == {"Big", "Little"}


def test_yaml_with_short_forms(cloud: StandInCloud) -> None:
    body = f"""
    Parameters:
      Name: {{Type: String, Default: x}}
    Resources:
      Thing:
        Type: Custom::Thing
        Properties:
          ServiceToken: {FUNCTION}
          Text: !Sub "${{Name}}-${{AWS::Region}}"
          Since: 2012-10-17
          Joined: !Join ["/", [!Ref Name, !Select [0, [a, b]]]]
    Outputs:
      Attribute:
        Value: !GetAtt Parameter.Value
      Id:
        Value: !Ref Thing
    """.replace(
        "    Outputs:",
        "      Parameter: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: v}}\n    Outputs:",
    )

    stack = cloud.cloudformation.deploy(body, "demo")

    sent = cloud.functions.requests[0]["ResourceProperties"]
    assert (sent["Text"], sent["Since"], sent["Joined"]) == ("x-us-east-1", "2012-10-17", "x/a")
    assert stack.outputs == {"Attribute": "v", "Id": "Thing-1"}


def test_parameters_of_the_parameter_store(cloud: StandInCloud) -> None:
    cloud.client("ssm").put_parameter(Name="/image", Type="String", Value="ami-1")
    template = {
        "Parameters": {"Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"}},
        **of(Thing=thing(Image={"Ref": "Image"})),
    }

    cloud.cloudformation.deploy(template, "demo")

    assert cloud.functions.requests[0]["ResourceProperties"]["Image"] == "ami-1"
    described = cloud.client("cloudformation").describe_stacks(StackName="demo")["Stacks"][0]["Parameters"]
    assert described == [{"ParameterKey": "Image", "ParameterValue": "/image", "ResolvedValue": "ami-1"}]


def test_a_rollback_keeps_the_value_that_a_stored_parameter_had(cloud: StandInCloud) -> None:
    ssm = cloud.client("ssm")
    ssm.put_parameter(Name="/image", Type="String", Value="ami-1")
    stored = {"Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"}}
    image = parameter({"Ref": "Image"}, Name="/served")
    cloud.cloudformation.deploy({"Parameters": stored, **of(Image=image)}, "demo")
    ssm.put_parameter(Name="/image", Type="String", Value="ami-2", Overwrite=True)
    broken = {**parameter("x", Name="/image"), "DependsOn": "Image"}

    stack = cloud.cloudformation.deploy({"Parameters": stored, **of(Image=image, Broken=broken)}, "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ssm.get_parameter_history(Name="/served")["Parameters"][1]["Value"] == "ami-2"
    assert ssm.get_parameter(Name="/served")["Parameter"]["Value"] == "ami-1"


def test_dynamic_references(cloud: StandInCloud) -> None:
    cloud.client("ssm").put_parameter(Name="/p", Type="String", Value="v")

    cloud.cloudformation.deploy(of(Thing=thing(P="{{resolve:ssm:/p}}")), "demo")
    other = cloud.cloudformation.deploy(of(Thing=thing(P="{{resolve:secretsmanager:s}}")), "other")

    assert cloud.functions.requests[0]["ResourceProperties"]["P"] == "v"
    reasons = [event.reason or "" for event in other.events if event.status == "CREATE_FAILED"]
    assert "references to ssm and ssm-secure only, got secretsmanager" in reasons[0]


def test_hidden_parameters_are_masked(cloud: StandInCloud) -> None:
    template = {
        "Parameters": {"Key": {"Type": "String", "NoEcho": True}},
        **of(Thing=thing(Key={"Ref": "Key"})),
    }

    cloud.cloudformation.deploy(template, "demo", parameters={"Key": "secret"})

    described = cloud.client("cloudformation").describe_stacks(StackName="demo")["Stacks"][0]["Parameters"]
    assert described == [{"ParameterKey": "Key", "ParameterValue": "****"}]
    assert cloud.functions.requests[0]["ResourceProperties"]["Key"] == "secret"


def test_one_stack_reads_what_another_exports(cloud: StandInCloud) -> None:
    exporting = {
        **of(Thing=thing()),
        "Outputs": {"Id": {"Value": {"Ref": "Thing"}, "Export": {"Name": "the-id"}}},
    }
    cloud.cloudformation.deploy(exporting, "first")

    cloud.cloudformation.deploy(of(Reader=thing(Id={"Fn::ImportValue": "the-id"})), "second")

    assert cloud.functions.requests[1]["ResourceProperties"]["Id"] == "Thing-1"
    assert cloud.client("cloudformation").list_imports(ExportName="the-id")["Imports"] == ["second"]
    stack = cloud.cloudformation.delete("first")
    assert stack.status == "DELETE_FAILED"
    assert stack.reason == "Cannot delete export the-id as it is in use by second."


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({}, "At least one Resources member must be defined"),
        (of(A=thing(X={"Ref": "B"})), r"Unresolved resource dependencies \[B\] in the Resources block"),
        (of(A=thing(depends_on=["B"])), r"Unresolved resource dependencies \[B\] in the Resources block"),
        (
            {**of(A=thing()), "Outputs": {"O": {"Value": {"Ref": "B"}}}},
            r"Unresolved resource dependencies \[B\] in the Outputs block",
        ),
        (of(A=thing(X={"Fn::GetAtt": ["B", "C"]})), "Fn::GetAtt references undefined resource B"),
        (
            of(A=parameter("x"), B=thing(X={"Fn::GetAtt": ["A", "Arn"]})),
            "resource A does not support attribute type Arn in Fn::GetAtt",
        ),
        (
            of(A=thing(X={"Ref": "B"}), B=thing(X={"Fn::Sub": "${A}"}), C=thing(X={"Ref": "A"})),
            r"Circular dependency between resources: \[A, B\]",
        ),
        (of(A={"Properties": {}}), "Every Resources object must contain a Type member"),
        (of(A={**thing(), "Condition": "No"}), "Unresolved condition dependency No"),
        ({**of(A=thing()), "Transform": "AWS::Serverless-2016-10-31"}, "the local cloud runs no macros"),
        ({**of(A=thing()), "Parameters": {"P": {"Type": "String"}}}, r"Parameters: \[P\] must have values"),
        (
            {
                **of(A=thing()),
                "Parameters": {"P": {"Type": "String", "Default": "x", "AllowedValues": ["y"]}},
            },
            "Parameter 'P' must be one of AllowedValues",
        ),
        (
            {
                **of(A=thing()),
                "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/no"}},
            },
            r"Unable to fetch parameters \[/no\] from parameter store",
        ),
        (
            {
                **of(A=thing()),
                "Parameters": {"V": {"Type": "String", "Default": "5"}},
                "Rules": {
                    "Version": {
                        "Assertions": [
                            {
                                "Assert": {"Fn::Not": [{"Fn::Contains": [["4", "5"], {"Ref": "V"}]}]},
                                "AssertDescription": "version 6 required",
                            }
                        ]
                    }
                },
            },
            "version 6 required",
        ),
    ],
)
def test_mistakes_are_found_before_anything_happens(cloud: StandInCloud, template: Any, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        cloud.cloudformation.deploy(template, "demo")

    assert cloud.functions.requests == []
    assert cloud.cloudformation.stacks == []


def test_a_parameter_that_the_template_does_not_have(cloud: StandInCloud) -> None:
    with pytest.raises(ApiError, match=r"Parameters: \[Q\] do not exist in the template"):
        cloud.cloudformation.deploy(of(A=thing()), "demo", parameters={"Q": "x"})


@pytest.mark.parametrize("body", ["{", "Resources: [", "just text"])
def test_text_that_is_no_template(cloud: StandInCloud, body: str) -> None:
    with pytest.raises(ApiError, match="Template format error"):
        cloud.cloudformation.deploy(body, "demo")


def test_roles_need_an_acknowledgement(cloud: StandInCloud) -> None:
    body = '{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}}}'

    with pytest.raises(ApiError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        cloud.cloudformation.call(
            "CreateStack", {"StackName": "demo", "TemplateBody": body, "Capabilities": ["CAPABILITY_IAM"]}
        )


def test_a_missing_export_fails_the_resource(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(A=thing(X={"Fn::ImportValue": "nobody"})), "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    assert "No export named nobody found." in [event.reason for event in stack.events]
