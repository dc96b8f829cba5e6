"""What the tests of what serves an artifact share."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions
from constructs import Construct

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import LEG, make_job, resources_of

Config = optimization.OptimizationConfig
InstanceType = optimization.DeploymentInstanceType

MODEL = "AWS::SageMaker::Model"
DRAFT_MODEL = "Custom::SageMakerModel"
DJL = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference"
DEGREE = "OPTION_TENSOR_PARALLEL_DEGREE"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/one"

#: The props of a small job for each technique, and for each engine that compiles.
JOBS: dict[str, dict[str, Any]] = {
    "quantization": {},
    "compilation_tensorrt_llm": {
        "optimization_configs": [Config.compilation(environment={DEGREE: "4", "OPTION_DTYPE": "fp16"})],
        "deployment_instance_type": InstanceType.ML_G5_12XLARGE,
    },
    "compilation_neuron": {
        "optimization_configs": [Config.compilation(environment={DEGREE: "2"})],
        "deployment_instance_type": InstanceType.ML_INF2_8XLARGE,
    },
    "sharding": {
        "optimization_configs": [Config.sharding(tensor_parallel_degree=8)],
        "deployment_instance_type": InstanceType.ML_P4D_24XLARGE,
    },
    "eagle": {
        "optimization_configs": [Config.speculative_decoding()],
        "deployment_instance_type": InstanceType.ML_G6_24XLARGE,
        "model_source": optimization.ModelSource.from_s3_uri("s3://models/qwen/", accept_eula=True),
    },
}


def make_model(
    scope: Construct, technique: str = "quantization", *, job: dict[str, Any] | None = None, **props: Any
) -> optimization.OptimizedModel:
    """A model of a small job, with whatever a test is about."""
    props.setdefault("job", make_job(scope, **{**JOBS[technique], **(job or {})}))
    return optimization.OptimizedModel(scope, "Model", **props)


def imported(scope: Construct, id: str = "Imported", **attributes: Any) -> optimization.IOptimizationJob:
    """A job of somewhere else, with a location."""
    known: dict[str, Any] = {"optimization_job_arn": ARN, "output_location": "s3://elsewhere/one/"}
    return optimization.OptimizationJob.from_optimization_job_attributes(scope, id, **{**known, **attributes})


def last_leg(template: dict[str, Any]) -> dict[str, Any]:
    """The properties of the leg that ends when the only job has completed."""
    (found,) = (leg for leg in resources_of(template, LEG).values() if "Last" in leg["Properties"])
    properties: dict[str, Any] = found["Properties"]
    return properties


def infos_of(stack: cdk.Stack) -> list[str]:
    """The texts of a stack's annotations that only tell something."""
    found = assertions.Annotations.from_stack(stack).find_info("*", assertions.Match.string_like_regexp(".*"))
    return [str(message.entry.data) for message in found]
