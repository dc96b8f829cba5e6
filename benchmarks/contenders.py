"""The two stacks of the comparison: the same jobs, role and bucket, with and without the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from benchmarks.stock import StockOptimizationJob, StockProvider

MAX_RUNTIME = cdk.Duration.hours(4)

Build = Callable[[cdk.Stack, int], None]
"""Adds a number of jobs to a stack."""


@dataclass(frozen=True)
class Contender:
    """One way to have optimization jobs in a stack.

    Attributes:
        name: The stack's name.
        build: Adds the jobs to the stack.
    """

    name: str
    build: Build


def stock(
    *,
    poll_interval: cdk.Duration | None = cdk.Duration.seconds(30),  # noqa: B008
    timeout: cdk.Duration | None = None,
) -> Contender:
    """Make the stack with the CDK's provider framework.

    Args:
        poll_interval: The poll interval. None means the framework's default, 5 seconds. Default: that of the
            library.
        timeout: The longest wait. Default: an hour, the framework's maximum.
    """

    def build(stack: cdk.Stack, jobs: int) -> None:
        bucket, role = _bucket_and_role(stack)
        bucket.grant_read_write(role)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetAuthorizationToken",
                    "ecr:GetDownloadUrlForLayer",
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                    "cloudwatch:PutMetricData",
                ],
                resources=["*"],
            )
        )
        provider = StockProvider(stack, "Provider", query_interval=poll_interval, total_timeout=timeout)
        for number in range(jobs):
            StockOptimizationJob(
                stack,
                f"Job{number}",
                provider=provider,
                role=role,
                request={
                    "ModelSource": {
                        "S3": {
                            "S3Uri": bucket.s3_url_for_object("llama-3-8b/"),
                            "ModelAccessConfig": {"AcceptEula": True},
                        }
                    },
                    "DeploymentInstanceType": "ml.g5.2xlarge",
                    "OptimizationConfigs": [
                        {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}}
                    ],
                    "OutputConfig": {"S3OutputLocation": bucket.s3_url_for_object(f"awq-{number}/")},
                    "StoppingCondition": {"MaxRuntimeInSeconds": MAX_RUNTIME.to_seconds()},
                },
            )

    return Contender("Stock", build)


def library(*, poll_interval: cdk.Duration | None = None, timeout: cdk.Duration | None = None) -> Contender:
    """Make the stack with this library.

    Args:
        poll_interval: The poll interval. Default: the library's default, 30 seconds.
        timeout: The longest wait. Default: the library's default, an hour more than the job may run.
    """

    def build(stack: cdk.Stack, jobs: int) -> None:
        bucket, role = _bucket_and_role(stack)
        for number in range(jobs):
            optimization.OptimizationJob(
                stack,
                f"Job{number}",
                role=role,
                model_source=optimization.ModelSource.from_bucket(bucket, "llama-3-8b/", accept_eula=True),
                deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
                optimization_configs=[
                    optimization.OptimizationConfig.quantization(
                        technique=optimization.QuantizationTechnique.AWQ
                    )
                ],
                output=optimization.OptimizationOutput.to_bucket(bucket, f"awq-{number}/"),
                max_runtime=MAX_RUNTIME,
                completion=optimization.Completion.wait(timeout, poll_interval=poll_interval),
            )

    return Contender("Library", build)


def _bucket_and_role(stack: cdk.Stack) -> tuple[s3.Bucket, iam.Role]:
    bucket = s3.Bucket(
        stack,
        "Models",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        versioned=True,
    )
    return bucket, iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
