"""A model and its endpoint, with a dashboard, alarms and a topic that everything tells."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationMonitoring,
    OptimizationOutput,
    OptimizedEndpoint,
    OptimizedModel,
)


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build a stack with the job, and a stack with the endpoint and what watches both."""
    models = cdk.Stack(app, "MonitoredModel")
    job = OptimizationJob(
        models,
        "Mistral",
        model_source=ModelSource.from_bucket(
            s3.Bucket.from_bucket_name(models, "Models", "my-models"), "mistral-7b/"
        ),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization()],
        output=OptimizationOutput.to_bucket(OptimizationBucket(models, "Artifacts"), "mistral-7b-awq/"),
    )
    serving = cdk.Stack(app, "Monitor")
    endpoint = OptimizedEndpoint(serving, "Endpoint", model=OptimizedModel(serving, "Model", job=job))
    key = kms.Key(serving, "Key", enable_key_rotation=True, description="Messages for operators")
    for service in ("cloudwatch", "events"):
        key.grant(iam.ServicePrincipal(f"{service}.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey*")
    topic = sns.Topic(serving, "Operators", master_key=key, enforce_ssl=True)
    OptimizationMonitoring(
        serving,
        "Monitoring",
        jobs=[job],
        endpoints=[endpoint],
        notify=topic,
        queue_time=cdk.Duration.minutes(30),
        latency_p99=cdk.Duration.seconds(10),
    )
    endpoint.on_update_failed("RolledBack", target=targets.SnsTopic(topic))
    return [models, serving]


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
