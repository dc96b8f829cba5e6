"""AWQ quantization of Llama 3 8B to half a byte for each weight, so that an ml.g5.2xlarge can serve it."""

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
    QuantizationTechnique,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, whose model is in an existing bucket, and a bucket for the result."""
    stack = cdk.Stack(app, "Quantize")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    job = OptimizationJob(
        stack,
        "Llama",
        model_source=ModelSource.from_bucket(models, "llama-3-8b/", accept_eula=True),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization(technique=QuantizationTechnique.AWQ)],
        output=OptimizationOutput.to_bucket(artifacts, "llama-3-8b-awq/"),
        max_runtime=cdk.Duration.hours(2),
        tags={"model": "llama-3-8b"},
    )
    cdk.CfnOutput(stack, "ArtifactLocation", value=job.output_location)
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
