"""Compilation of Llama 3 8B for AWS Inferentia2, so that an endpoint does not compile when it starts."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job. The model is in a bucket of the model's owner."""
    stack = cdk.Stack(app, "CompileForNeuron", env=cdk.Environment(region="us-east-1"))
    artifacts = OptimizationBucket(stack, "Artifacts")
    OptimizationJob(
        stack,
        "Llama",
        model_source=ModelSource.from_s3_uri("s3://example-models/llama-3-8b/", accept_eula=True),
        deployment_instance_type=DeploymentInstanceType.ML_INF2_8XLARGE,
        optimization_configs=[
            OptimizationConfig.compilation(
                image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.29.0-neuronx-sdk2.19.1",
                environment={
                    "OPTION_TENSOR_PARALLEL_DEGREE": "2",
                    "OPTION_N_POSITIONS": "2048",
                    "OPTION_DTYPE": "fp16",
                    "OPTION_ROLLING_BATCH": "auto",
                },
            )
        ],
        output=OptimizationOutput.to_bucket(artifacts, "llama-3-8b-neuron/"),
        max_runtime=cdk.Duration.hours(2),
        max_pending_time=cdk.Duration.hours(2),
    )
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
