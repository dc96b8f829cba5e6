"""Llama 3 8B, compiled for AWS Inferentia, and an endpoint of the instance type that it was compiled for."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    EndpointUpdate,
    Hosting,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    OptimizedEndpoint,
    OptimizedModel,
)

_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.29.0-neuronx-sdk2.19.1"


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack with its model and an endpoint."""
    region = cdk.Environment(region="us-east-1")
    models = cdk.Stack(app, "CompiledLlama", env=region)
    job = OptimizationJob(
        models,
        "Llama",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "example-models"), "llama-3-8b/", accept_eula=True
        ),
        deployment_instance_type=DeploymentInstanceType.ML_INF2_8XLARGE,
        optimization_configs=[
            OptimizationConfig.compilation(
                image=_IMAGE,
                environment={
                    "OPTION_TENSOR_PARALLEL_DEGREE": "2",
                    "OPTION_N_POSITIONS": "2048",
                    "OPTION_DTYPE": "fp16",
                    "OPTION_ROLLING_BATCH": "auto",
                },
            )
        ],
        output=OptimizationOutput.to_bucket(OptimizationBucket(models, "Artifacts"), "llama-3-8b-neuron/"),
    )
    serving = cdk.Stack(app, "ServeCompiledModel", env=region)
    OptimizedEndpoint(
        serving,
        "Endpoint",
        model=OptimizedModel(serving, "Model", job=job),
        hosting=Hosting.instances(2),
        # An instance of this type has no disk of its own.
        volume_size=cdk.Size.gibibytes(256),
        update=EndpointUpdate.rolling(50, cdk.Duration.minutes(5)),
    )
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
