"""Stacks for any account and Region, for a certain one, and of every partition."""

from __future__ import annotations

import json
import re

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from optimization_job.deciding.messages import console_link
from optimization_job.sagemaker.optimization_job import OPTIMIZATION_JOB
from tests.constructs.fit.support import synthesized
from tests.constructs.support import (
    allowed,
    make_job,
    properties_of,
    statements_of,
    template_of,
    warnings_of,
)

_PARTITIONS = {"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}
_REGISTRIES = {"us-east-1": "763104351884", "cn-north-1": "727897471807", "us-gov-west-1": "442386744353"}


def _everything(stack: cdk.Stack) -> None:
    """A job and a provider with whatever has an ARN, a principal or a host name in it."""
    key = kms.Key(stack, "Key")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    optimization.OptimizationJobProvider(
        stack,
        "Provider",
        vpc=vpc,
        environment_encryption=key,
        log_encryption_key=key,
        tracing=True,
        state_machine_log_level=sfn.LogLevel.ALL,
    )
    models = optimization.OptimizationBucket(stack, "Models", encryption_key=key)
    make_job(
        stack,
        vpc=vpc,
        model_source=optimization.ModelSource.from_bucket(models, "llama/"),
        output=optimization.OptimizationOutput.to_bucket(models, "optimized/"),
        optimization_job_name="mine",
    )


def test_a_stack_for_any_environment_names_no_account_and_no_region(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    _everything(stack)
    template = synthesized(app)["Stack"]
    del template["Mappings"]
    text = json.dumps(template)
    assert re.findall(r"\b\d{12}\b", text) == []
    assert re.findall(r"\b(?:us|eu|cn)-[a-z]+-\d\b", text) == []


@pytest.mark.parametrize("region", _PARTITIONS)
def test_arns_are_those_of_the_stacks_partition(app: cdk.App, region: str) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region=region))
    _everything(stack)
    text = json.dumps(synthesized(app)["Stack"])
    # Every ARN has the partition that CloudFormation fills in, and every host name its suffix.
    assert re.findall(r"arn:aws[^ ]*", text) == []
    hosts = set(re.findall(r"[\w.-]+\.amazonaws\.com[.\w]*", text))
    assert hosts == {"lambda.amazonaws.com", "sagemaker.amazonaws.com", "states.amazonaws.com"}
    assert "Mappings" not in text


@pytest.mark.parametrize("region", _REGISTRIES)
def test_the_image_is_that_of_the_partitions_registry(app: cdk.App, region: str) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region=region))
    make_job(stack)
    (repository,) = allowed(statements_of(template_of(stack), "JobRole"), "ecr:BatchGetImage")
    assert (
        repository == f"arn:${{AWS::Partition}}:ecr:{region}:{_REGISTRIES[region]}:repository/djl-inference"
    )
    assert warnings_of(stack) == []


@pytest.mark.parametrize(("region", "suffix"), [("us-gov-west-1", "com"), ("cn-north-1", "com.cn")])
def test_an_image_that_is_known_only_at_deployment_is_taken_apart_at_the_partitions_domain(
    app: cdk.App, region: str, suffix: str
) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region=region))
    image = cdk.CfnParameter(stack, "Image").value_as_string
    make_job(stack, optimization_configs=[optimization.OptimizationConfig.quantization(image=image)])
    (repository,) = allowed(statements_of(template_of(stack), "JobRole"), "ecr:BatchGetImage")
    assert f'".amazonaws.{suffix}/"' in repository


def test_the_console_in_a_failures_reason_is_that_of_the_partition() -> None:
    def link(region: str, partition: str) -> str:
        return console_link(OPTIMIZATION_JOB, "job", region, partition)

    assert link("cn-north-1", "aws-cn").startswith("https://cn-north-1.console.amazonaws.cn/")
    assert "console.amazonaws-us-gov.com/" in link("us-gov-west-1", "aws-us-gov")
    assert "console.aws.amazon.com/" in link("eu-west-1", "aws")


def test_the_functions_of_a_fixed_environment_and_of_any_are_the_same(app: cdk.App) -> None:
    fixed = cdk.Stack(app, "Fixed", env=cdk.Environment(account="111122223333", region="us-east-1"))
    anywhere = cdk.Stack(app, "Anywhere")
    for stack in (fixed, anywhere):
        make_job(stack)
    templates = synthesized(app)
    request = [properties_of(templates[name]) for name in ("Fixed", "Anywhere")]
    for properties in request:
        del properties["NamePrefix"]
    assert request[0] == request[1]
