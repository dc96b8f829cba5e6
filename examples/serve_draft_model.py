"""Speculative decoding with EAGLE: an endpoint serves the base model beside the draft that a job trained."""

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
    Speculation,
    SpeculativeDecodingTechnique,
    TrainingData,
    TrainingDataType,
)

_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack with its model and an endpoint."""
    region = cdk.Environment(region="us-east-1")
    models = cdk.Stack(app, "QwenDraft", env=region)
    job = OptimizationJob(
        models,
        "Qwen",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "my-models"), "Qwen3-1.7B/"
        ),
        deployment_instance_type=DeploymentInstanceType.ML_G6_24XLARGE,
        max_instance_count=1,
        optimization_configs=[
            OptimizationConfig.speculative_decoding(
                technique=SpeculativeDecodingTechnique.EAGLE,
                training_data=TrainingData.from_s3_uri(
                    "s3://my-training-data/gsm8k/", data_type=TrainingDataType.S3_PREFIX
                ),
            )
        ],
        output=OptimizationOutput.to_bucket(OptimizationBucket(models, "Artifacts"), "Qwen3-1.7B-eagle/"),
        max_runtime=cdk.Duration.hours(11),
    )
    serving = cdk.Stack(app, "ServeDraftModel", env=region)
    OptimizedEndpoint(
        serving,
        "Endpoint",
        model=OptimizedModel(
            serving,
            "Model",
            job=job,
            image=_IMAGE,
            speculation=Speculation.eagle(method="eagle3", tokens=5),
            environment={"OPTION_TENSOR_PARALLEL_DEGREE": "1", "OPTION_MAX_MODEL_LEN": "4096"},
        ),
        # The job needs a larger instance to train the draft than the endpoint needs to serve it.
        instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
    )
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
