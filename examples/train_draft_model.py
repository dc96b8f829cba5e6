"""Speculative decoding with EAGLE: the job trains a draft model with your own data, for at most eleven hours.

The deployment waits for it. The draft model is under ``draft/`` in the artifact. Serve it beside the base
model.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, whose model and training data are in existing buckets."""
    stack = cdk.Stack(app, "TrainDraftModel")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = optimization.OptimizationBucket(stack, "Artifacts")
    job = optimization.OptimizationJob(
        stack,
        "Qwen",
        model_source=optimization.ModelSource.from_bucket(models, "Qwen3-1.7B/"),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G6_24XLARGE,
        max_instance_count=1,
        optimization_configs=[
            optimization.OptimizationConfig.speculative_decoding(
                technique=optimization.SpeculativeDecodingTechnique.EAGLE,
                training_data=optimization.TrainingData.from_s3_uri(
                    "s3://my-training-data/gsm8k/",
                    data_type=optimization.TrainingDataType.S3_PREFIX,
                ),
            )
        ],
        output=optimization.OptimizationOutput.to_bucket(artifacts, "Qwen3-1.7B-eagle/"),
        max_runtime=cdk.Duration.hours(11),
        completion=optimization.Completion.wait(
            cdk.Duration.hours(12), poll_interval=cdk.Duration.minutes(2)
        ),
    )
    cdk.CfnOutput(stack, "DraftLocation", value=f"{job.output_location}draft/")
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
