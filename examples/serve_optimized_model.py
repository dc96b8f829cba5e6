"""A model that is optimized and then served by an endpoint, which is created after the job has completed."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
)

_INSTANCE_TYPE = DeploymentInstanceType.ML_G5_2XLARGE
_QUANTIZATION = {"OPTION_QUANTIZE": "awq", "OPTION_MAX_MODEL_LEN": "4096"}


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, a SageMaker model of its artifact, and an endpoint."""
    stack = cdk.Stack(app, "ServeOptimizedModel")
    models = s3.Bucket.from_bucket_name(stack, "Models", "my-models")
    artifacts = OptimizationBucket(stack, "Artifacts")
    job = OptimizationJob(
        stack,
        "Mistral",
        model_source=ModelSource.from_bucket(models, "mistral-7b/"),
        deployment_instance_type=_INSTANCE_TYPE,
        optimization_configs=[OptimizationConfig.quantization(environment=_QUANTIZATION)],
        output=OptimizationOutput.to_bucket(artifacts, "mistral-7b-awq/"),
    )
    model = _model(stack, job)
    config = sagemaker.CfnEndpointConfig(
        stack,
        "EndpointConfig",
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name="optimized",
                model_name=model.attr_model_name,
                instance_type=_INSTANCE_TYPE.value,
                initial_instance_count=1,
                initial_variant_weight=1,
                container_startup_health_check_timeout_in_seconds=900,
            )
        ],
    )
    endpoint = sagemaker.CfnEndpoint(stack, "Endpoint", endpoint_config_name=config.attr_endpoint_config_name)
    cdk.CfnOutput(stack, "EndpointName", value=endpoint.attr_endpoint_name)
    return stack


def _model(stack: cdk.Stack, job: OptimizationJob) -> sagemaker.CfnModel:
    role = iam.Role(stack, "ServingRole", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    can_read = job.grants.read_output(role)
    role.add_managed_policy(
        iam.ManagedPolicy.from_aws_managed_policy_name("AmazonEC2ContainerRegistryReadOnly")
    )
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchAgentServerPolicy"))
    model = sagemaker.CfnModel(
        stack,
        "Model",
        execution_role_arn=role.role_arn,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=job.recommended_inference_image,
            environment=_QUANTIZATION,
            model_data_source=sagemaker.CfnModel.ModelDataSourceProperty(
                s3_data_source=sagemaker.CfnModel.S3DataSourceProperty(
                    s3_uri=job.output_location, s3_data_type="S3Prefix", compression_type="None"
                )
            ),
        ),
    )
    can_read.apply_before(model)
    return model


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
