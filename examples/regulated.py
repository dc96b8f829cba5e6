"""Every option that compliance rules require. The packs for HIPAA, NIST 800-53 and PCI DSS find nothing.

Such an organization already has the models with their key, the network, the bucket for access logs, the
replica in another Region and the queue for lost requests.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationJobProvider,
    OptimizationOutput,
    OptimizationRole,
    QuantizationTechnique,
)

_ACCOUNT = "111122223333"
_REGION = "eu-west-1"
_MODELS_KEY = "0987dcba-09fe-87dc-65ba-ab0987654321"
_REPLICA_KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def build(app: cdk.App) -> cdk.Stack:
    """Build a stack with the job, a bucket for its artifact, and the bucket's key."""
    stack = cdk.Stack(app, "Regulated", env=cdk.Environment(account=_ACCOUNT, region=_REGION))
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=[f"{_REGION}a", f"{_REGION}b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    models = s3.Bucket.from_bucket_attributes(
        stack,
        "Models",
        bucket_name="example-models",
        encryption_key=kms.Key.from_key_arn(
            stack, "ModelsKey", f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/{_MODELS_KEY}"
        ),
    )
    key = kms.Key(stack, "Key", enable_key_rotation=True, description="Optimization and what it makes")
    artifacts = _bucket(stack, key)
    OptimizationJobProvider.for_stack(
        stack,
        vpc=vpc,
        environment_encryption=key,
        log_encryption_key=key,
        log_retention=logs.RetentionDays.TEN_YEARS,
        dead_letter_queue=sqs.Queue.from_queue_arn(
            stack, "LostRequests", f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:lost-requests"
        ),
        reserved_concurrent_executions=20,
        tracing=True,
        state_machine_log_level=sfn.LogLevel.ALL,
        state_machine_encryption_key=key,
        managed_policies=True,
    )
    OptimizationJob(
        stack,
        "Mistral",
        role=OptimizationRole(stack, "Role", managed_policies=True),
        model_source=ModelSource.from_bucket(models, "mistral-7b/"),
        deployment_instance_type=DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[OptimizationConfig.quantization(technique=QuantizationTechnique.AWQ)],
        output=OptimizationOutput.to_bucket(artifacts, "mistral-7b-awq/", encryption_key=key),
        vpc=vpc,
    )
    return stack


def _bucket(stack: cdk.Stack, key: kms.IKey) -> s3.IBucket:
    return OptimizationBucket(
        stack,
        "Artifacts",
        encryption_key=key,
        bucket_key_enabled=True,
        object_lock_default_retention=s3.ObjectLockRetention.governance(cdk.Duration.days(30)),
        server_access_logs_bucket=s3.Bucket.from_bucket_name(stack, "AccessLogs", "example-access-logs"),
        server_access_logs_prefix="artifacts/",
        replication_rules=[
            s3.ReplicationRule(
                destination=s3.Bucket.from_bucket_name(stack, "Replica", "example-replica"),
                kms_key=kms.Key.from_key_arn(
                    stack, "ReplicaKey", f"arn:aws:kms:eu-central-1:{_ACCOUNT}:key/{_REPLICA_KEY}"
                ),
                sse_kms_encrypted_objects=True,
            )
        ],
    )


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
