"""Real requests of public notebooks and tests, each with the stack that says the same with the constructs.

The JSON files hold the requests; the key ``_source`` says where each comes from.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization

_DJL = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference"

#: The id of the job in each of the stacks.
JOB_ID = "Job"


def payload(name: str) -> dict[str, Any]:
    """The parameters of CreateOptimizationJob."""
    text = (Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")
    return {key: value for key, value in json.loads(text).items() if not key.startswith("_")}


def _bucket(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Bucket", "sagemaker-us-east-1-111122223333")


def eagle_qwen3_1_7b(stack: cdk.Stack, role: iam.IRole | None = None) -> optimization.OptimizationJob:
    """A draft model by EAGLE."""
    bucket = _bucket(stack)
    data = optimization.TrainingData.from_bucket(bucket, "training-data/gsm8k200/")
    return optimization.OptimizationJob(
        stack,
        JOB_ID,
        role=role,
        model_source=optimization.ModelSource.from_bucket(bucket, "model/Qwen/Qwen3-1.7B/"),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G6_24XLARGE,
        max_instance_count=1,
        optimization_configs=[optimization.OptimizationConfig.speculative_decoding(training_data=data)],
        output=optimization.OptimizationOutput.to_bucket(
            bucket, "model/Qwen/Qwen3-1.7B-gsm200-eagle/", exact=True
        ),
        max_runtime=cdk.Duration.days(5),
    )


def neuron_llama3_8b(stack: cdk.Stack, role: iam.IRole | None = None) -> optimization.OptimizationJob:
    """A compilation for Inferentia2."""
    bucket = _bucket(stack)
    return optimization.OptimizationJob(
        stack,
        JOB_ID,
        role=role,
        model_source=optimization.ModelSource.from_bucket(bucket, "inference-model/", accept_eula=True),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_INF2_8XLARGE,
        optimization_environment={},
        optimization_configs=[
            optimization.OptimizationConfig.compilation(
                image=f"{_DJL}:0.29.0-neuronx-sdk2.19.1",
                environment={
                    "OPTION_ROLLING_BATCH": "auto",
                    "OPTION_TENSOR_PARALLEL_DEGREE": "2",
                    "OPTION_ATTENTION_LAYOUT": "BSH",
                    "OPTION_COLLECTIVES_LAYOUT": "BSH",
                    "OPTION_CONTEXT_LENGTH_ESTIMATE": "256",
                    "OPTION_N_POSITIONS": "2048",
                    "OPTION_DTYPE": "fp16",
                    "OPTION_NEURON_OPTIMIZE_LEVEL": "2",
                },
            )
        ],
        output=optimization.OptimizationOutput.to_bucket(bucket, "llama3-8b-neuron-aot/", exact=True),
        max_runtime=cdk.Duration.hours(2),
        max_wait_time=cdk.Duration.hours(2),
        max_pending_time=cdk.Duration.hours(2),
    )


def awq_llama3_8b(stack: cdk.Stack, role: iam.IRole | None = None) -> optimization.OptimizationJob:
    """A quantization by AWQ."""
    bucket = _bucket(stack)
    return optimization.OptimizationJob(
        stack,
        JOB_ID,
        role=role,
        model_source=optimization.ModelSource.from_bucket(bucket, "inference-model/", accept_eula=True),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_12XLARGE,
        optimization_environment={},
        optimization_configs=[
            optimization.OptimizationConfig.quantization(
                technique=optimization.QuantizationTechnique.AWQ, image=f"{_DJL}:0.29.0-lmi11.0.0-cu124"
            )
        ],
        output=optimization.OptimizationOutput.to_bucket(bucket, "inference-model-awq/", exact=True),
        max_runtime=cdk.Duration.hours(2),
        max_wait_time=cdk.Duration.hours(2),
        max_pending_time=cdk.Duration.hours(2),
    )


def sharding_llama3_1_70b(stack: cdk.Stack, role: iam.IRole | None = None) -> optimization.OptimizationJob:
    """Eight shards, to a prefix without a slash at its end."""
    return optimization.OptimizationJob(
        stack,
        JOB_ID,
        role=role,
        model_source=optimization.ModelSource.from_s3_uri(
            "s3://jumpstart-private-cache-prod-us-east-1/meta-textgeneration/PLACEHOLDER/artifacts/"
            "inference-prepack/v1.0.0/",
            accept_eula=True,
        ),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_P4D_24XLARGE,
        optimization_configs=[
            optimization.OptimizationConfig.sharding(
                tensor_parallel_degree=8, image=f"{_DJL}:0.31.0-lmi13.0.0-cu124"
            )
        ],
        output=optimization.OptimizationOutput.to_bucket(_bucket(stack), "sharding", exact=True),
        max_runtime=cdk.Duration.hours(10),
    )


def awq_vpc_key_tags(stack: cdk.Stack, role: iam.IRole | None = None) -> optimization.OptimizationJob:
    """Every member that the first release of the API had."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-01234567",
        availability_zones=["us-west-2a", "us-west-2b"],
        private_subnet_ids=["subnet-01234567", "subnet-89abcdef"],
    )
    groups = [
        ec2.SecurityGroup.from_security_group_id(stack, group, group)
        for group in ("sg-01234567890abcdef", "sg-fedcba9876543210")
    ]
    return optimization.OptimizationJob(
        stack,
        JOB_ID,
        role=role,
        model_source=optimization.ModelSource.from_s3_uri("s3://uri"),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_24XLARGE,
        optimization_environment={"Var1": "value", "Var2": "value"},
        optimization_configs=[
            optimization.OptimizationConfig.quantization(
                environment={"OPTION_QUANTIZE": "awq"}, image="quantization-image-uri"
            )
        ],
        output=optimization.OptimizationOutput.to_s3_uri(
            "s3://my-bucket/output",
            encryption_key=kms.Key.from_key_arn(
                stack, "Key", "arn:aws:kms:us-west-2:123456789012:key/my-key-id"
            ),
            exact=True,
        ),
        max_runtime=cdk.Duration.hours(1),
        tags={"Project": "my-project", "Environment": "production"},
        vpc=vpc,
        security_groups=groups,
    )


def awq_jumpstart_llama3_8b(stack: cdk.Stack, role: iam.IRole | None = None) -> optimization.OptimizationJob:
    """What SageMaker's own SDK sends for a model of JumpStart."""
    return optimization.OptimizationJob(
        stack,
        JOB_ID,
        role=role,
        model_source=optimization.ModelSource.from_s3_uri(
            "s3://jumpstart-private-cache-alpha-us-west-2/meta-textgeneration/meta-textgeneration-llama-3-8b/"
            "artifacts/inference-prepack/v1.0.1/"
        ),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_environment={
            "ENDPOINT_SERVER_TIMEOUT": "3600",
            "HF_MODEL_ID": "/opt/ml/model",
            "MODEL_CACHE_ROOT": "/opt/ml/model",
            "SAGEMAKER_ENV": "1",
            "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
            "SAGEMAKER_PROGRAM": "inference.py",
        },
        optimization_configs=[
            optimization.OptimizationConfig.quantization(
                technique=optimization.QuantizationTechnique.AWQ,
                image="763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.28.0-lmi10.0.0-cu124",
            )
        ],
        output=optimization.OptimizationOutput.to_s3_uri(
            "s3://quicksilver-model-data/llama-3-8b/quantized-1/", exact=True
        ),
        max_runtime=cdk.Duration.hours(10),
    )


#: Each payload's name, and what builds it into a stack.
BUILDERS: dict[str, Callable[[cdk.Stack], optimization.OptimizationJob]] = {
    build.__name__: build
    for build in (
        eagle_qwen3_1_7b,
        neuron_llama3_8b,
        awq_llama3_8b,
        sharding_llama3_1_70b,
        awq_vpc_key_tags,
        awq_jumpstart_llama3_8b,
    )
}
