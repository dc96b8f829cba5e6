"""Llama 3.1 70B, sharded for fast loading, on an endpoint with inference components that scales to zero."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    Hosting,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    OptimizedEndpoint,
    OptimizedModel,
)

_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.31.0-lmi13.0.0-cu124"


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack with its model and an endpoint."""
    region = cdk.Environment(region="us-east-1")
    models = cdk.Stack(app, "ShardedLlama", env=region)
    job = OptimizationJob(
        models,
        "Llama",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "my-models"), "llama-3.1-70b/", accept_eula=True
        ),
        deployment_instance_type=DeploymentInstanceType.ML_P4D_24XLARGE,
        optimization_configs=[OptimizationConfig.sharding(tensor_parallel_degree=8, image=_IMAGE)],
        output=OptimizationOutput.to_bucket(
            OptimizationBucket(models, "Artifacts"), "llama-3.1-70b-sharded/"
        ),
        max_runtime=cdk.Duration.hours(10),
    )
    serving = cdk.Stack(app, "ServeShardedModel", env=region)
    endpoint = OptimizedEndpoint(
        serving,
        "Endpoint",
        model=OptimizedModel(serving, "Model", job=job, image=_IMAGE),
        hosting=Hosting.components(
            accelerators=8, min_memory=cdk.Size.gibibytes(200), min_instances=0, max_instances=2
        ),
    )
    endpoint.auto_scale(min_capacity=0, max_capacity=2).scale_on_concurrency("Load", target=4)
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
