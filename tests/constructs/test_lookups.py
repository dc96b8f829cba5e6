"""Values that are looked up at synthesis: in a first one, the CDK puts a placeholder in for each."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import VIRGINIA
from tests.constructs.support import make_job, template_of

Config = optimization.OptimizationConfig


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Stack", env=VIRGINIA)


@pytest.fixture
def found(stack: cdk.Stack) -> str:
    """What the CDK puts in for a parameter of the parameter store."""
    value = ssm.StringParameter.value_from_lookup(stack, "/models/llama--8b/value")
    assert value.startswith("dummy-value-for-")
    return value


@pytest.mark.parametrize("form", ["{}", "s3://{}/llama/", "s3://models/{}/", "s3://models/{}"])
def test_a_location_that_is_yet_to_be_looked_up_passes(stack: cdk.Stack, found: str, form: str) -> None:
    uri = form.format(found)
    job = make_job(
        stack,
        model_source=optimization.ModelSource.from_s3_uri(uri),
        output=optimization.OptimizationOutput.to_s3_uri(uri),
        optimization_configs=[
            Config.speculative_decoding(training_data=optimization.TrainingData.from_s3_uri(uri))
        ],
    )
    job.grants.read_output(iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal()))
    template_of(stack)


@pytest.mark.parametrize(
    "prop", ["optimization_job_name", "training_plan_arns", "tags", "triggers", "environment"]
)
def test_a_prop_that_is_yet_to_be_looked_up_passes(stack: cdk.Stack, found: str, prop: str) -> None:
    values: dict[str, dict[str, Any]] = {
        "optimization_job_name": {"optimization_job_name": found},
        "training_plan_arns": {"training_plan_arns": [found]},
        "tags": {"tags": {"found": found}},
        "triggers": {"triggers": [found]},
        "environment": {"optimization_environment": {"HF_MODEL_ID": found, found: "x"}},
    }
    make_job(stack, **values[prop])
    template_of(stack)


def test_an_instance_type_an_image_and_a_model_that_are_yet_to_be_looked_up_pass(
    stack: cdk.Stack, found: str
) -> None:
    make_job(
        stack,
        model_source=optimization.ModelSource.from_sagemaker_model(found),
        deployment_instance_type=optimization.DeploymentInstanceType.of(found),
        optimization_configs=[Config.quantization(image=found), Config.compilation(image=f"{found}:latest")],
    )
    template_of(stack)


@pytest.mark.parametrize("how", ["name", "arn"])
def test_an_imported_job_that_is_yet_to_be_looked_up_passes(stack: cdk.Stack, found: str, how: str) -> None:
    if how == "name":
        job = optimization.OptimizationJob.from_optimization_job_name(stack, "Imported", found)
    else:
        job = optimization.OptimizationJob.from_optimization_job_arn(stack, "Imported", found)
    job.on_completed("Done")
    job.grants.describe(iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal()))
    assert job.optimization_job_name
    template_of(stack)


def test_a_network_that_is_yet_to_be_looked_up_passes(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-1")
    group = ec2.SecurityGroup.from_lookup_by_id(stack, "Group", "sg-1")
    make_job(stack, vpc=vpc, security_groups=[group])
    template_of(stack)


@pytest.mark.parametrize(
    "selection",
    [
        {"subnet_group_name": "Data"},
        {"availability_zones": ["us-east-1a"]},
        {"subnet_filters": [ec2.SubnetFilter.by_ids(["subnet-1"])]},
    ],
)
def test_subnets_of_a_network_that_is_yet_to_be_looked_up_pass(
    stack: cdk.Stack, selection: dict[str, Any]
) -> None:
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-1")
    make_job(stack, "Chosen", vpc=vpc, vpc_subnets=ec2.SubnetSelection(**selection))
    listed = vpc.select_subnets(**selection).subnets
    make_job(stack, "Listed", vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnets=listed))
    template_of(stack)


def test_no_subnets_of_a_network_that_is_known_are_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"^vpc_subnets must have between 1 and 16 items, got 0"):
        make_job(stack, vpc=ec2.Vpc(stack, "Vpc"), vpc_subnets=ec2.SubnetSelection(subnets=[]))


def test_an_alias_of_a_key_that_is_yet_to_be_looked_up_passes(stack: cdk.Stack, found: str) -> None:
    key = kms.Alias.from_alias_name(stack, "Key", found)
    make_job(
        stack, output=optimization.OptimizationOutput.to_s3_uri("s3://artifacts/awq/", encryption_key=key)
    )
    template_of(stack)
