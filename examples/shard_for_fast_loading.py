"""Sharding of Llama 3.1 70B, so that each of eight GPUs streams its own part when an endpoint starts.

An endpoint that serves it must use inference components, without network isolation.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, whose model is in an existing bucket, and a bucket for the result."""
    stack = cdk.Stack(app, "ShardForFastLoading", env=cdk.Environment(region="us-east-1"))
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    OptimizationJob(
        stack,
        "Llama",
        model_source=ModelSource.from_bucket(models, "llama-3.1-70b/", accept_eula=True),
        deployment_instance_type=DeploymentInstanceType.ML_P4D_24XLARGE,
        optimization_configs=[
            OptimizationConfig.sharding(
                tensor_parallel_degree=8,
                image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.31.0-lmi13.0.0-cu124",
            )
        ],
        output=OptimizationOutput.to_bucket(artifacts, "llama-3.1-70b-sharded/"),
        max_runtime=cdk.Duration.hours(10),
    )
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
