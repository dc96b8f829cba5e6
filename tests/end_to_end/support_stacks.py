"""What a user's stack is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization

LOCATION = "/models/llama/location"
"""The parameter of the parameter store that names the artifact in use."""

PREFIX = "models-d17d2d--job-"
"""What the job's generated names begin with."""

AWQ = optimization.OptimizationConfig.quantization(technique=optimization.QuantizationTechnique.AWQ)
FP8 = optimization.OptimizationConfig.quantization(technique=optimization.QuantizationTechnique.FP8)


def add_job(stack: cdk.Stack, id: str = "Job", **props: Any) -> optimization.OptimizationJob:
    """A job that writes to the stack's bucket."""
    bucket = stack.node.try_find_child("Bucket")
    if not isinstance(bucket, s3.Bucket):
        bucket = optimization.OptimizationBucket(stack, "Bucket")
    defaults: dict[str, Any] = {
        "model_source": optimization.ModelSource.from_s3_uri("s3://models/llama/"),
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        "optimization_configs": [AWQ],
        "output": optimization.OptimizationOutput.to_bucket(bucket, "llama/"),
        "max_runtime": cdk.Duration.hours(1),
        # Most tests are not about how soon the end of a job is noticed, and each look costs real time.
        "completion": optimization.Completion.wait(poll_interval=cdk.Duration.minutes(5)),
    }
    return optimization.OptimizationJob(stack, id, **{**defaults, **props})


def one_job(**props: Any) -> OneJob:
    """A stack with one job, and a parameter of the parameter store that is to name its artifact."""
    return OneJob(props)


@dataclass(frozen=True)
class OneJob:
    """What `one_job` makes. Two with the same props are equal, so that their stack is synthesized once."""

    props: dict[str, Any]

    def __call__(self, stack: cdk.Stack) -> optimization.OptimizationJob:
        job = add_job(stack, **self.props)
        ssm.StringParameter(stack, "Location", parameter_name=LOCATION, string_value=job.output_location)
        return job
