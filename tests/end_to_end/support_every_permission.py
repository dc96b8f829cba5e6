"""A stack with every variant that adds a permission to one of the library's roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from tests.end_to_end.support_project import new_app

_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/lmi:1"
_TAGS = {"team": "red", "stage": "test"}


def synthesize(name: str, directory: Path, *, strict: bool = False) -> None:
    """Synthesize an app of this stack into a directory.

    Args:
        name: the stack's name.
        directory: the directory.
        strict: whether the jobs have strict roles, instead of those that they make themselves.
    """
    app = new_app(directory)
    stack = cdk.Stack(app, name)
    network = _network(stack)
    _provider(stack, network)
    _jobs(stack, network, strict=strict)
    app.synth()


def _network(stack: cdk.Stack) -> dict[str, Any]:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        isolated_subnet_ids=["subnet-0123456789abcdef0"],
        isolated_subnet_route_table_ids=["rtb-0123456789abcdef0"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0", mutable=False)
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return {"vpc": vpc, "vpc_subnets": subnets, "security_groups": [group]}


def _provider(stack: cdk.Stack, network: dict[str, Any]) -> None:
    optimization.OptimizationJobProvider(
        stack,
        "Provider",
        **network,
        environment_encryption=kms.Key(stack, "VariablesKey"),
        log_encryption_key=kms.Key(stack, "LogsKey"),
        log_retention=logs.RetentionDays.ONE_WEEK,
        dead_letter_queue=sqs.Queue(stack, "DeadLetters"),
        tracing=True,
        state_machine_log_level=sfn.LogLevel.ALL,
        state_machine_encryption_key=kms.Key(stack, "StateMachineKey"),
    )


def _jobs(stack: cdk.Stack, network: dict[str, Any], *, strict: bool) -> None:
    """A job in a VPC with keys and training data, one with a name and a manifest, one with an image.

    Each works in stages, because only such a job reads again what it wrote.
    """
    models = optimization.OptimizationBucket(stack, "Models", encryption_key=kms.Key(stack, "ModelsKey"))
    data = optimization.OptimizationBucket(stack, "Data", encryption_key=kms.Key(stack, "DataKey"))
    artifacts = optimization.OptimizationBucket(stack, "Artifacts")
    _job(
        stack,
        "Eagle",
        strict=strict,
        model_source=optimization.ModelSource.from_bucket(models, "qwen/"),
        optimization_configs=[_eagle(data, "gsm8k/", optimization.TrainingDataType.S3_PREFIX)],
        output=optimization.OptimizationOutput.to_bucket(
            artifacts, "eagle/", encryption_key=kms.Key(stack, "ArtifactsKey")
        ),
        **network,
    )
    _job(
        stack,
        "Manifest",
        strict=strict,
        optimization_job_name="a-chosen-name",
        model_source=optimization.ModelSource.from_s3_uri("s3://other-models/qwen/"),
        optimization_configs=[_eagle(data, "all.manifest", optimization.TrainingDataType.MANIFEST_FILE)],
        output=optimization.OptimizationOutput.to_bucket(artifacts, "manifest/"),
    )
    _job(
        stack,
        "Image",
        strict=strict,
        model_source=optimization.ModelSource.from_bucket(models, "mistral/"),
        optimization_configs=[
            optimization.OptimizationConfig.quantization(image=_IMAGE),
            optimization.OptimizationConfig.compilation(),
        ],
        output=optimization.OptimizationOutput.to_bucket(artifacts, "image/", exact=True),
    )


def _eagle(
    bucket: s3.IBucket, key: str, data_type: optimization.TrainingDataType
) -> optimization.OptimizationConfig:
    data = optimization.TrainingData.from_bucket(bucket, key, data_type=data_type)
    return optimization.OptimizationConfig.speculative_decoding(training_data=data)


def _job(stack: cdk.Stack, id: str, *, strict: bool, **props: Any) -> None:
    if strict:
        props["role"] = optimization.OptimizationRole(stack, f"{id}Role", strict=True)
    optimization.OptimizationJob(
        stack,
        id,
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G6_24XLARGE,
        tags=_TAGS,
        max_runtime=cdk.Duration.hours(4),
        # The roles are the same with and without waiting.
        completion=optimization.Completion.detached(),
        **props,
    )
