"""Speculative decoding with EAGLE: the job trains a draft model with your own data, for at most eleven hours.

The deployment waits for it. The draft model is under ``draft/`` in the artifact. Serve it beside the base
model.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    Completion,
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    SpeculativeDecodingTechnique,
    TrainingData,
    TrainingDataType,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, whose model and training data are in existing buckets."""
    stack = cdk.Stack(app, "TrainDraftModel")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    job = OptimizationJob(
        stack,
        "Qwen",
        model_source=ModelSource.from_bucket(models, "Qwen3-1.7B/"),
        deployment_instance_type=DeploymentInstanceType.ML_G6_24XLARGE,
        max_instance_count=1,
        optimization_configs=[
            OptimizationConfig.speculative_decoding(
                technique=SpeculativeDecodingTechnique.EAGLE,
                training_data=TrainingData.from_s3_uri(
                    "s3://my-training-data/gsm8k/",
                    data_type=TrainingDataType.S3_PREFIX,
                ),
            )
        ],
        output=OptimizationOutput.to_bucket(artifacts, "Qwen3-1.7B-eagle/"),
        max_runtime=cdk.Duration.hours(11),
        completion=Completion.wait(cdk.Duration.hours(12), poll_interval=cdk.Duration.minutes(2)),
    )
    cdk.CfnOutput(stack, "DraftLocation", value=f"{job.output_location}draft/")
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
