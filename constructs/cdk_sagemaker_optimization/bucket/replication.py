"""The role that S3 assumes to replicate a bucket."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.access.encryption_keys import allow_key, explain_key
from cdk_sagemaker_optimization.audit import explain_wildcards

_READ = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
_READ_LOCKED = ["s3:GetObjectLegalHold", "s3:GetObjectRetention"]
_WRITE = [
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
]


class ReplicationRole(iam.Role):
    """A role that may replicate one bucket, and nothing else.

    The role of ``s3.Bucket`` has a fixed name, which two stacks cannot both have.
    The permissions are those of
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, assumed_by=iam.ServicePrincipal("s3.amazonaws.com"))

    def allow(self, bucket: s3.Bucket, rules: Sequence[s3.ReplicationRule], *, locked: bool) -> None:
        """Allow the role to replicate a bucket.

        Args:
            bucket: the bucket.
            rules: the rules of the replication.
            locked: whether the bucket has an object lock.
        """
        read = [*_READ, *_READ_LOCKED] if locked else _READ
        objects = [bucket.arn_for_objects("*")]
        replicas = [rule.destination.arn_for_objects("*") for rule in rules]
        statements = [
            iam.PolicyStatement(
                actions=["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[bucket.bucket_arn]
            ),
            iam.PolicyStatement(actions=read, resources=objects),
            iam.PolicyStatement(actions=_WRITE, resources=replicas),
        ]
        keys = [(rule.kms_key, ["kms:Encrypt", "kms:GenerateDataKey"]) for rule in rules if rule.kms_key]
        if bucket.encryption_key is not None:
            keys.insert(0, (bucket.encryption_key, ["kms:Decrypt"]))
        statements += [allow_key(key, actions) for key, actions in keys]
        policy = iam.ManagedPolicy(self, "Policy", roles=[self], statements=statements)
        reason = "A bucket is replicated as a whole; the replication's rules say which of its objects."
        explain_wildcards(policy, reason, actions=read, resources=objects)
        explain_wildcards(policy, reason, actions=_WRITE, resources=replicas)
        for key, actions in keys:
            explain_key(policy, key, actions)
