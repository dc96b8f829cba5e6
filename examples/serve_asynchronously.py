"""A quantized model on an asynchronous endpoint, which scales with the requests that wait for it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    AsyncInference,
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    OptimizedEndpoint,
    OptimizedModel,
)


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack with its model and an endpoint."""
    models = cdk.Stack(app, "OptimizedForBatches")
    job = OptimizationJob(
        models,
        "Mistral",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "my-models"), "mistral-7b/"
        ),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization()],
        output=OptimizationOutput.to_bucket(OptimizationBucket(models, "Artifacts"), "mistral-7b-awq/"),
    )
    serving = cdk.Stack(app, "ServeAsynchronously")
    responses = OptimizationBucket(serving, "Responses")
    endpoint = OptimizedEndpoint(
        serving,
        "Endpoint",
        model=OptimizedModel(serving, "Model", job=job),
        asynchronous=AsyncInference.to_bucket(responses, "responses/", max_concurrent_invocations=8),
    )
    endpoint.auto_scale(min_capacity=1, max_capacity=4).scale_on_backlog("Backlog", target=5)
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
