"""What the tests of the constructs share."""

from __future__ import annotations

import inspect
import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions
from constructs import Construct

import cdk_sagemaker_optimization as optimization

JOB = "Custom::SageMakerOptimizationJob"
LEG = "Custom::SageMakerOptimizationJobCompletion"

#: The prop that turns the CDK's linter off. The oldest CDK has no linter.
_LINTER = "builtin_cloud_formation_validation"


def new_app(**context: Any) -> cdk.App:
    """An app that the CDK synthesizes faster: it does not lint the templates, or copy the files of assets.

    That is a third of the time of these tests. tests/project lets the CDK lint the examples.
    """
    options: dict[str, Any] = {"context": {"aws:cdk:disable-asset-staging": True, **context}}
    if _LINTER in inspect.signature(cdk.App).parameters:
        options[_LINTER] = False
    return cdk.App(tree_metadata=False, **options)


def make_job(scope: Construct, id: str = "Job", **props: Any) -> optimization.OptimizationJob:
    """A small job, with whatever a test is about."""
    defaults: dict[str, Any] = {
        "model_source": optimization.ModelSource.from_s3_uri("s3://models/llama/"),
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        "optimization_configs": [
            optimization.OptimizationConfig.quantization(technique=optimization.QuantizationTechnique.AWQ)
        ],
        "output": optimization.OptimizationOutput.to_s3_uri("s3://artifacts/llama-awq/"),
    }
    return optimization.OptimizationJob(scope, id, **{**defaults, **props})


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    """The stack's template. A stack can be synthesized once."""
    return dict(assertions.Template.from_stack(stack).to_json())


def resources_of(template: dict[str, Any], resource_type: str) -> dict[str, dict[str, Any]]:
    """The resources of a type, by their logical ids."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == resource_type
    }


def properties_of(template: dict[str, Any], resource_type: str = JOB) -> dict[str, Any]:
    """The properties of the only resource of a type."""
    (resource,) = resources_of(template, resource_type).values()
    properties: dict[str, Any] = resource["Properties"]
    return properties


def statements_of(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The statements of every policy of the roles whose logical ids begin like this."""
    found: list[dict[str, Any]] = []
    for logical_id, resource in template["Resources"].items():
        if logical_id.startswith(role):
            for policy in resource["Properties"].get("Policies", []):
                found += policy["PolicyDocument"]["Statement"]
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            roles = [
                item.get("Ref", "")
                for item in resource["Properties"].get("Roles", [])
                if isinstance(item, dict)
            ]
            if any(name.startswith(role) for name in roles):
                found += resource["Properties"]["PolicyDocument"]["Statement"]
    return found


def allowed(statements: list[dict[str, Any]], action: str) -> list[Any]:
    """The resources that statements allow an action on, with tokens as text."""
    return [
        flat(resource)
        for statement in statements
        if action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> str:
    """A value of a template as one line: ``Ref`` as ``${Name}``, ``GetAtt`` as ``${Name.Attribute}``."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return f"${{{argument}}}"
    if function == "Fn::GetAtt":
        return f"${{{'.'.join(argument)}}}"
    if function == "Fn::Join":
        return str(argument[0]).join(flat(part) for part in argument[1])
    return json.dumps(value)


def minified(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def info_of(stack: cdk.Stack) -> list[str]:
    """The texts of a stack's annotations that only inform."""
    found = assertions.Annotations.from_stack(stack).find_info("*", assertions.Match.string_like_regexp(".*"))
    return [str(message.entry.data) for message in found]


def warnings_of(stack: cdk.Stack) -> list[str]:
    """The texts of a stack's warnings."""
    found = assertions.Annotations.from_stack(stack).find_warning(
        "*", assertions.Match.string_like_regexp(".*")
    )
    return [str(message.entry.data) for message in found]


def inline_policy_size(template: dict[str, Any], role: str) -> int:
    """The characters of a role's inline policies when they are deployed, as IAM counts them."""
    return sum(
        len(minified(deployed(policy["Properties"]["PolicyDocument"])))
        for policy in resources_of(template, "AWS::IAM::Policy").values()
        if any(name.get("Ref", "").startswith(role) for name in policy["Properties"]["Roles"])
    )


def deployed(value: Any) -> Any:
    """A policy as it will be, with the longest values that tokens can have."""
    if isinstance(value, list):
        return [deployed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(deployed(part) for part in value["Fn::Join"][1])
    if "Ref" in value:
        lengths = {"AWS::Partition": 10, "AWS::Region": 14, "AWS::AccountId": 12, "AWS::StackId": 150}
        return "x" * lengths.get(value["Ref"], 150)
    if "Fn::GetAtt" in value:
        return "x" * (31 + 64 if "Role" in value["Fn::GetAtt"][0] else 150)
    return {key: deployed(item) for key, item in value.items()}
