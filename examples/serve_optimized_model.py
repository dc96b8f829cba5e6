"""A quantized model and the endpoint that serves it, in two stacks.

A first deployment of the endpoint that fails does not undo the job. A new artifact takes over a part of the
traffic first, and an alarm returns the endpoint to the old artifact.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    EndpointUpdate,
    Hosting,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    OptimizedEndpoint,
    OptimizedModel,
)


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack with its model and an endpoint."""
    models = cdk.Stack(app, "OptimizedMistral")
    job = OptimizationJob(
        models,
        "Mistral",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "my-models"), "mistral-7b/"
        ),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization(environment={"OPTION_MAX_MODEL_LEN": "4096"})],
        output=OptimizationOutput.to_bucket(OptimizationBucket(models, "Artifacts"), "mistral-7b-awq/"),
    )
    serving = cdk.Stack(app, "ServeOptimizedModel")
    endpoint = OptimizedEndpoint(
        serving,
        "Endpoint",
        model=OptimizedModel(serving, "Model", job=job),
        hosting=Hosting.instances(2),
        update=EndpointUpdate.canary(30, cdk.Duration.minutes(10)),
    )
    errors = endpoint.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1), statistic="Sum")
    endpoint.add_rollback_alarm(errors.create_alarm(serving, "Errors", threshold=5, evaluation_periods=1))
    endpoint.auto_scale(min_capacity=2, max_capacity=4).scale_on_concurrency("Load", target=8)
    cdk.CfnOutput(serving, "EndpointName", value=endpoint.endpoint_name)
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
