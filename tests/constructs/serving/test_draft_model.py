"""A draft is served beside its base model, which only the provider's function can say to SageMaker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sagemaker as sagemaker
from constructs import IConstruct

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import VIRGINIA, synthesized
from tests.constructs.serving.support import DRAFT_MODEL, Config, imported, make_model
from tests.constructs.support import (
    allowed,
    make_job,
    properties_of,
    resources_of,
    statements_of,
    template_of,
)

PROVIDER = "OptimizationJobProviderFunctionRole"


def properties(stack: cdk.Stack, **props: Any) -> dict[str, Any]:
    make_model(stack, "eagle", **props)
    return properties_of(template_of(stack), DRAFT_MODEL)


def test_the_base_model_is_the_source_and_the_draft_a_channel_beside_it(stack: cdk.Stack) -> None:
    container = properties(stack)["PrimaryContainer"]
    assert container["ModelDataSource"] == {
        "S3DataSource": {
            "S3Uri": "s3://models/qwen/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
            "ModelAccessConfig": {"AcceptEula": True},
        }
    }
    (channel,) = container["AdditionalModelDataSources"]
    assert channel["ChannelName"] == "eagle"
    files = channel["S3DataSource"]
    separator, (location, folder) = files.pop("S3Uri")["Fn::Join"]
    assert (separator, folder) == ("", "draft/")
    assert location["Fn::GetAtt"][1] == "OutputLocation"
    assert files == {"S3DataType": "S3Prefix", "CompressionType": "None"}


def test_another_base_model_can_be_given(stack: cdk.Stack) -> None:
    base = optimization.ModelSource.from_s3_uri("s3://tuned/qwen/")
    container = properties(stack, base_model=base)["PrimaryContainer"]
    assert container["ModelDataSource"]["S3DataSource"] == {
        "S3Uri": "s3://tuned/qwen/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }


def test_the_draft_of_an_imported_job_is_served_beside_the_model_that_is_said(stack: cdk.Stack) -> None:
    optimization.OptimizedModel(
        stack,
        "Model",
        job=imported(stack),
        technique=optimization.Technique.SPECULATIVE_DECODING,
        base_model=optimization.ModelSource.from_s3_uri("s3://models/qwen/"),
        image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128",
    )
    container = properties_of(template_of(stack), DRAFT_MODEL)["PrimaryContainer"]
    (channel,) = container["AdditionalModelDataSources"]
    assert channel["S3DataSource"]["S3Uri"] == "s3://elsewhere/one/draft/"


def test_a_job_that_also_quantizes_is_served_beside_the_model_that_is_said(stack: cdk.Stack) -> None:
    configs = [Config.quantization(), Config.speculative_decoding()]
    base = optimization.ModelSource.from_s3_uri("s3://models/qwen/")
    make_model(stack, job={"optimization_configs": configs}, base_model=base)
    assert resources_of(template_of(stack), DRAFT_MODEL)


def test_the_function_makes_the_model_and_passes_its_role(stack: cdk.Stack) -> None:
    make_model(stack, "eagle")
    template = template_of(stack)
    found = statements_of(template, PROVIDER)
    assert any("model/stack-e55164--*" in arn for arn in allowed(found, "sagemaker:CreateModel"))
    assert "${ModelRole3E65CE92.Arn}" in allowed(found, "iam:PassRole")
    (model,) = resources_of(template, DRAFT_MODEL).values()
    policies = {
        name
        for name in resources_of(template, "AWS::IAM::Policy")
        if name.startswith(("ModelRole", "OptimizationJobProvider"))
    }
    assert policies <= set(model["DependsOn"])


def test_a_stack_without_a_draft_permits_its_function_no_model(stack: cdk.Stack) -> None:
    make_model(stack)
    assert "sagemaker:CreateModel" not in str(template_of(stack))


def test_the_names_and_attributes_are_those_of_the_custom_resource(stack: cdk.Stack) -> None:
    model = make_model(stack, "eagle")
    cdk.CfnOutput(stack, "Name", value=model.model_name)
    cdk.CfnOutput(stack, "Arn", value=model.model_arn)
    template = template_of(stack)
    ((logical_id, resource),) = resources_of(template, DRAFT_MODEL).items()
    assert template["Outputs"]["Name"]["Value"] == {"Ref": logical_id}
    assert template["Outputs"]["Arn"]["Value"] == {"Fn::GetAtt": [logical_id, "ModelArn"]}
    assert resource["Properties"]["NamePrefix"] == "stack-e55164--model"
    assert resource["Properties"]["Version"] == "1"


def test_all_tags_reach_the_model_those_of_its_stack_too(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", tags={"stack": "yes"})
    make_model(stack, "eagle", tags={"own": "yes", "both": "mine"})
    cdk.Tags.of(app).add("both", "app")
    found = properties_of(template_of(stack), DRAFT_MODEL)
    by_key = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert by_key.pop("OptimizationJobName").keys() == {"Ref"}
    assert by_key == {"both": "app", "own": "yes", "stack": "yes"}
    assert "tags" not in found


def test_more_tags_than_a_model_can_have_are_an_error(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    make_model(stack, "eagle")
    for number in range(50):
        cdk.Tags.of(stack).add(f"tag{number}", "")
    with pytest.raises(RuntimeError, match=r"tags must have at most 50 items, got 51"):
        app.synth()


def test_a_definition_that_no_update_could_carry_is_an_error(stack: cdk.Stack) -> None:
    variables = {f"A_LONG_NAME_OF_A_VARIABLE_{number}": "x" * 1024 for number in range(94)}
    message = r"the definition of Stack/Model must have at most 100,000 bytes .*PrimaryContainer with"
    with pytest.raises(ValueError, match=message):
        make_model(stack, "eagle", environment=variables)


def test_a_secret_that_comes_later_is_found_as_well(stack: cdk.Stack) -> None:
    model = make_model(stack, "eagle")
    secret = cdk.SecretValue.secrets_manager("token").unsafe_unwrap()
    cdk.Tags.of(model).add("token", secret)
    message = r"tags\.token must not hold a secret, because everybody who may describe the model can read"
    with pytest.raises(RuntimeError, match=message):
        template_of(stack)


def test_a_provider_of_another_stack_can_make_the_model(app: cdk.App) -> None:
    platform = cdk.Stack(app, "Platform", env=VIRGINIA)
    stack = cdk.Stack(app, "Stack", env=VIRGINIA)
    provider = optimization.OptimizationJobProvider(platform, "Provider")
    make_model(stack, "eagle", job={"provider": provider}, provider=provider)
    templates = synthesized(app)
    assert "Fn::ImportValue" in properties_of(templates["Stack"], DRAFT_MODEL)["ServiceToken"]
    assert resources_of(templates["Stack"], "AWS::Lambda::Function") == {}


def test_a_draft_can_be_served_in_a_vpc(stack: cdk.Stack) -> None:
    found = properties(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0), network_isolation=False)
    assert set(found["VpcConfig"]) == {"SecurityGroupIds", "Subnets"}


@jsii.implements(cdk.IAspect)
class EverythingIsKept:
    """What a company sets on everything that holds data."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


def test_no_removal_policy_leaves_a_model_behind_that_is_no_resources(stack: cdk.Stack) -> None:
    make_model(stack, "eagle")
    cdk.Aspects.of(stack).add(EverythingIsKept())
    (model,) = resources_of(template_of(stack), DRAFT_MODEL).values()
    assert model["DeletionPolicy"] == "RetainExceptOnCreate"
    assert model["UpdateReplacePolicy"] == "Delete"


def test_a_role_that_would_wait_for_the_job_is_an_error(stack: cdk.Stack) -> None:
    # The job waits for the permission to pass the roles of its stack.
    job = make_job(stack)
    draft = make_job(
        stack,
        "Draft",
        optimization_configs=[Config.speculative_decoding()],
        output=optimization.OptimizationOutput.to_s3_uri("s3://artifacts/draft/"),
    )
    model = optimization.OptimizedModel(stack, "Model", job=draft)
    model.node.add_dependency(job)
    message = (
        r"the role of this model would wait for Stack/Job, which waits for the permission to pass that role: "
        r"define the role outside of the construct that waits, with role=ServingRole\(stack, …\)"
    )
    with pytest.raises(RuntimeError, match=message):
        template_of(stack)


@pytest.mark.newest_cdk  # the newest knows what CloudFormation takes
def test_cloudformations_own_model_still_takes_no_channel(app: cdk.App, tmp_path: Path) -> None:
    """If this fails, CloudFormation can describe a draft, and the custom resource is no longer needed."""
    stack = cdk.Stack(app, "Stack")
    model = sagemaker.CfnModel(
        stack,
        "Model",
        execution_role_arn="arn:aws:iam::111122223333:role/mine",
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"
        ),
    )
    model.add_property_override(
        "PrimaryContainer.AdditionalModelDataSources",
        [
            {
                "ChannelName": "eagle",
                "S3DataSource": {
                    "S3Uri": "s3://artifacts/draft/",
                    "S3DataType": "S3Prefix",
                    "CompressionType": "None",
                },
            }
        ],
    )
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template_of(stack)), encoding="utf-8")
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    command = [cfn_lint, "--format", "parseable", "--regions", "us-east-1", "--", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    (finding,) = result.stdout.splitlines()
    assert "E3002" in finding
    assert "AdditionalModelDataSources" in finding
