"""The stack without the library. It does not import the library, because the benchmark times the process."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from benchmarks.contenders.contender import MAX_RUNTIME, Contender, models_bucket
from benchmarks.stock import StockOptimizationJob, StockProvider


def stock(
    *,
    poll_interval: cdk.Duration | None = cdk.Duration.seconds(30),  # noqa: B008
    timeout: cdk.Duration | None = None,
    own_roles: bool = False,
) -> Contender:
    """Make the stack with the CDK's provider framework.

    Args:
        poll_interval: The poll interval. None means the framework's default, 5 seconds. Default: that of the
            library.
        timeout: The longest wait. Default: an hour, the framework's maximum.
        own_roles: Whether each job has its own role. Default: the jobs share one.
    """

    def build(stack: cdk.Stack, jobs: int) -> None:
        bucket = models_bucket(stack)
        shared = None if own_roles else _role(stack, "Role", bucket)
        provider = StockProvider(stack, "Provider", query_interval=poll_interval, total_timeout=timeout)
        for number in range(jobs):
            StockOptimizationJob(
                stack,
                f"Job{number}",
                provider=provider,
                role=shared or _role(stack, f"Role{number}", bucket),
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


def _role(stack: cdk.Stack, id: str, bucket: s3.IBucket) -> iam.Role:
    role = iam.Role(stack, id, assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
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
    return role
