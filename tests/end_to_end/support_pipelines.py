"""A job as a state of a user's pipeline."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from tests.end_to_end.support_stacks import AWQ


def run_job(stack: cdk.Stack, id: str, **props: Any) -> optimization.RunOptimizationJob:
    """A state that runs a job, which writes to the stack's bucket."""
    bucket = stack.node.try_find_child("Bucket")
    if not isinstance(bucket, optimization.OptimizationBucket):
        bucket = optimization.OptimizationBucket(stack, "Bucket")
    return optimization.RunOptimizationJob(
        stack,
        id,
        model_source=optimization.ModelSource.from_s3_uri("s3://models/llama/"),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[AWQ],
        output=optimization.OptimizationOutput.to_bucket(bucket, "llama/"),
        **props,
    )


def one_pipeline(stack: cdk.Stack) -> None:
    """A state machine that only runs a job."""
    body = sfn.DefinitionBody.from_chainable(run_job(stack, "Optimize"))
    sfn.StateMachine(stack, "Pipeline", state_machine_name="pipeline", definition_body=body)
