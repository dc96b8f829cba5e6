"""A model whose artifacts become versions in the model registry once an endpoint serves them."""

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
    OptimizedEndpoint,
    OptimizedModel,
    RegisteredModel,
)


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack that serves and registers what the job made."""
    models = cdk.Stack(app, "QwenModel")
    job = OptimizationJob(
        models,
        "Qwen",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "my-models"), "qwen2-7b/"
        ),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization()],
        output=OptimizationOutput.to_bucket(OptimizationBucket(models, "Artifacts"), "qwen2-7b-awq/"),
    )
    serving = cdk.Stack(app, "QwenRegistered")
    model = OptimizedModel(serving, "Model", job=job)
    endpoint = OptimizedEndpoint(serving, "Endpoint", model=model)
    registered = RegisteredModel(
        serving,
        "Registered",
        model=model,
        description="Qwen2 7B, quantized with AWQ",
        metrics="s3://my-models/qwen2-7b-quality.json",
    )
    # Only an artifact that the endpoint has served becomes a version.
    registered.node.add_dependency(endpoint)
    cdk.CfnOutput(serving, "Version", value=registered.model_package_arn)
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
