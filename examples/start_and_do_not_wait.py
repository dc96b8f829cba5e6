"""A job that no deployment waits for. A topic gets a message when it completes, fails or is stopped."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from cdk_sagemaker_optimization import (
    Completion,
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, and the topic for the messages."""
    stack = cdk.Stack(app, "StartAndDoNotWait")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    job = OptimizationJob(
        stack,
        "Mistral",
        model_source=ModelSource.from_bucket(models, "mistral-7b/"),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization()],
        output=OptimizationOutput.to_bucket(artifacts, "mistral-7b-awq/"),
        max_runtime=cdk.Duration.days(1),
        completion=Completion.detached(),
    )
    key = kms.Key(stack, "Key", enable_key_rotation=True, description="Messages about optimization jobs")
    ended = targets.SnsTopic(sns.Topic(stack, "Ended", master_key=key, enforce_ssl=True))
    job.on_completed("Completed", target=ended)
    job.on_failed("Failed", target=ended)
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
