"""A job with an existing role, buckets, key and VPC. The provider's function runs in the VPC, too."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationConfig,
    OptimizationJob,
    OptimizationJobProvider,
    OptimizationOutput,
    QuantizationTechnique,
)

_ACCOUNT = "111122223333"
_REGION = "eu-west-1"


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, its security group, and the function and state machine behind it."""
    stack = cdk.Stack(app, "BringYourOwn", env=cdk.Environment(account=_ACCOUNT, region=_REGION))
    key = kms.Key.from_key_arn(
        stack, "Key", f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    OptimizationJobProvider.for_stack(stack, vpc=vpc)
    OptimizationJob(
        stack,
        "Model",
        role=iam.Role.from_role_arn(stack, "Role", f"arn:aws:iam::{_ACCOUNT}:role/optimization"),
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(stack, "Models", "example-models"), "mistral-7b/"
        ),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization(technique=QuantizationTechnique.AWQ)],
        output=OptimizationOutput.to_bucket(
            s3.Bucket.from_bucket_name(stack, "Artifacts", "example-artifacts"),
            "mistral-7b-awq/",
            encryption_key=key,
        ),
        vpc=vpc,
    )
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
