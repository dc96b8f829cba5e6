"""One model for several instance types. All jobs share one function and one state machine."""

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
    OptimizationRole,
    QuantizationTechnique,
)

_INSTANCE_TYPES = (
    DeploymentInstanceType.ML_G5_2XLARGE,
    DeploymentInstanceType.ML_G6_2XLARGE,
    DeploymentInstanceType.ML_G6E_2XLARGE,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with a job for each instance type. The jobs run at the same time and share a role."""
    stack = cdk.Stack(app, "SeveralJobs")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    role = OptimizationRole(stack, "Role")
    for instance_type in _INSTANCE_TYPES:
        family = instance_type.value.split(".")[1]
        job = OptimizationJob(
            stack,
            f"Mistral-{family}",
            role=role,
            model_source=ModelSource.from_bucket(models, "mistral-7b/"),
            deployment_instance_type=instance_type,
            optimization_configs=[OptimizationConfig.quantization(technique=QuantizationTechnique.FP8)],
            output=OptimizationOutput.to_bucket(artifacts, f"mistral-7b-{family}/"),
            # A new value runs all of the jobs again, with the same definitions.
            triggers=["2026-11"],
        )
        cdk.CfnOutput(stack, f"{family}Location", value=job.output_location)
    cdk.Annotations.of(stack).acknowledge_warning(
        "cdk-sagemaker-optimization:newerInstanceFamily", "SageMaker's API takes g6e, its SDK does not yet"
    )
    cdk.Tags.of(stack).add("team", "inference")
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
