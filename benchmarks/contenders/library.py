"""The stack with the library."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

import cdk_sagemaker_optimization as optimization
from benchmarks.contenders.contender import MAX_RUNTIME, Contender, models_bucket


def library(
    *,
    poll_interval: cdk.Duration | None = None,
    timeout: cdk.Duration | None = None,
    own_roles: bool = False,
) -> Contender:
    """Make the stack with this library.

    Args:
        poll_interval: The poll interval. Default: the library's default, 30 seconds.
        timeout: The longest wait. Default: the library's default, an hour more than the job may run.
        own_roles: Whether each job has its own role. Default: the jobs share one.
    """

    def build(stack: cdk.Stack, jobs: int) -> None:
        bucket = models_bucket(stack)
        role = None
        if not own_roles:
            role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        for number in range(jobs):
            optimization.OptimizationJob(
                stack,
                f"Job{number}",
                role=role,
                model_source=optimization.ModelSource.from_bucket(bucket, "llama-3-8b/", accept_eula=True),
                deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
                optimization_configs=[
                    optimization.OptimizationConfig.quantization(
                        technique=optimization.QuantizationTechnique.AWQ
                    )
                ],
                output=optimization.OptimizationOutput.to_bucket(bucket, f"awq-{number}/"),
                max_runtime=MAX_RUNTIME,
                completion=optimization.Completion.wait(timeout, poll_interval=poll_interval),
            )

    return Contender("Library", build)
