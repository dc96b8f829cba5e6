"""A state machine that optimizes a model each time it runs. A topic gets a message with the result."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from cdk_sagemaker_optimization import (
    CostGuard,
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationOutput,
    RunOptimizationJob,
)


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the state machine, and the topic for the messages."""
    stack = cdk.Stack(app, "RunInAPipeline")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    key = kms.Key(stack, "Key", enable_key_rotation=True, description="Messages about optimized models")
    topic = sns.Topic(stack, "Ended", master_key=key, enforce_ssl=True)
    optimize = RunOptimizationJob(
        stack,
        "Optimize",
        model_source=ModelSource.from_bucket(models, "mistral-7b/"),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization()],
        output=OptimizationOutput.to_bucket(artifacts, "mistral-7b-awq/"),
        max_runtime=cdk.Duration.hours(2),
        max_instance_count=1,
        cost_guard=CostGuard(hourly_price=1.52, max_cost=5),
    )
    tell = tasks.SnsPublish(
        stack, "Tell", topic=topic, message=sfn.TaskInput.from_json_path_at("$.OutputLocation")
    )
    complain = tasks.SnsPublish(
        stack, "Complain", topic=topic, message=sfn.TaskInput.from_json_path_at("$.Cause")
    )
    optimize.add_catch(complain.next(sfn.Fail(stack, "NotOptimized")))
    sfn.StateMachine(
        stack, "Pipeline", definition_body=sfn.DefinitionBody.from_chainable(optimize.next(tell))
    )
    return stack


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
