"""A bucket for models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.audit import acknowledge

from .replication import ReplicationRole

_DAYS_FOR_AN_UPLOAD = 7
_NO_ACCESS_LOGS = (
    "Access logs need a second bucket, so they are the user's choice: `server_access_logs_bucket` of "
    "OptimizationBucket."
)


class OptimizationBucket(s3.Bucket):
    """A bucket that keeps models safe: private, encrypted, TLS only, versioned, and kept when the stack is
    deleted.

    Uploads that were not finished after a week are removed, for a job that is stopped may leave some. Every
    prop is that of ``s3.Bucket`` with the same name; those below have another default.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        block_public_access: s3.BlockPublicAccess | None = None,
        encryption: s3.BucketEncryption | None = None,
        encryption_key: kms.IKey | kms.Key | None = None,
        enforce_ssl: bool = True,
        lifecycle_rules: Sequence[s3.LifecycleRule] | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN,
        versioned: bool = True,
        abac_status: bool | None = None,
        access_control: s3.BucketAccessControl | None = None,
        auto_delete_objects: bool | None = None,
        blocked_encryption_types: Sequence[s3.BlockedEncryptionType] | None = None,
        bucket_key_enabled: bool | None = None,
        bucket_name: str | None = None,
        bucket_name_prefix: str | None = None,
        bucket_namespace: s3.BucketNamespace | None = None,
        cors: Sequence[s3.CorsRule] | None = None,
        event_bridge_enabled: bool | None = None,
        intelligent_tiering_configurations: Sequence[s3.IntelligentTieringConfiguration] | None = None,
        inventories: Sequence[s3.Inventory] | None = None,
        metrics: Sequence[s3.BucketMetrics] | None = None,
        minimum_tls_version: float | None = None,
        notifications_handler_role: iam.IRole | iam.Role | None = None,
        notifications_skip_destination_validation: bool | None = None,
        object_lock_default_retention: s3.ObjectLockRetention | None = None,
        object_lock_enabled: bool | None = None,
        object_ownership: s3.ObjectOwnership | None = None,
        public_read_access: bool | None = None,
        replication_role: iam.IRole | iam.Role | None = None,
        replication_rules: Sequence[s3.ReplicationRule] | None = None,
        server_access_logs_bucket: s3.IBucket | None = None,
        server_access_logs_prefix: str | None = None,
        target_object_key_format: s3.TargetObjectKeyFormat | None = None,
        transfer_acceleration: bool | None = None,
        transition_default_minimum_object_size: s3.TransitionDefaultMinimumObjectSize | None = None,
        website_error_document: str | None = None,
        website_index_document: str | None = None,
        website_redirect: s3.RedirectTarget | None = None,
        website_routing_rules: Sequence[s3.RoutingRule] | None = None,
    ) -> None:
        """
        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            block_public_access: default: all public access is blocked.
            encryption: default: with S3's own keys, or with ``encryption_key`` if that is given.
            encryption_key: default: none.
            enforce_ssl: default: requests without TLS are refused.
            versioned: default: what is overwritten or deleted can be restored.
            removal_policy: default: the bucket is kept when it is removed from the stack.
            lifecycle_rules: default: unfinished uploads are removed after 7 days.
            abac_status: whether the bucket's tags decide about access. Default: no.
            access_control: a canned ACL. Default: none.
            auto_delete_objects: whether the objects are deleted with the bucket. Default: no.
            blocked_encryption_types: encryption that S3 refuses. Default: S3's own choice.
            bucket_key_enabled: whether a bucket key saves calls to KMS. Default: no.
            bucket_name: the bucket's name. Default: CloudFormation makes one.
            bucket_name_prefix: what the name begins with in a namespace of its account. Default: none.
            bucket_namespace: where the name is unique, the world or the account. Default: the world.
            cors: which other web sites may use the bucket. Default: none.
            event_bridge_enabled: whether S3 sends events to EventBridge. Default: no.
            intelligent_tiering_configurations: when objects move to archive tiers. Default: never.
            inventories: lists of the objects that S3 writes. Default: none.
            metrics: request metrics in CloudWatch. Default: none.
            minimum_tls_version: the oldest TLS that is allowed, such as 1.2. Default: any.
            notifications_handler_role: the role of the function that sets notifications. Default: a new one.
            notifications_skip_destination_validation: whether S3 takes destinations unseen. Default: no.
            object_lock_default_retention: how long a new object is locked. Default: not at all.
            object_lock_enabled: whether objects can be locked. Default: no; versions can be deleted.
            object_ownership: who owns an object. Default: the bucket's owner, without ACLs.
            public_read_access: whether everybody may read. Default: no.
            replication_role: the role that S3 replicates with. Default: with ``replication_rules``, a new one
                that may do no more than that.
            replication_rules: what is copied to other buckets. Default: nothing.
            server_access_logs_bucket: where requests are logged. Default: nowhere.
            server_access_logs_prefix: what the logs' keys begin with. Default: nothing.
            target_object_key_format: the form of the logs' keys. Default: the simple one.
            transfer_acceleration: whether there is an endpoint for far clients. Default: no.
            transition_default_minimum_object_size: the smallest object that lifecycle rules move. Default:
                128 KB.
            website_error_document: the page for errors of a web site. Default: none.
            website_index_document: the page for folders of a web site. Default: none.
            website_redirect: where all requests to a web site go. Default: nowhere.
            website_routing_rules: where some requests to a web site go. Default: nowhere.
        """
        if encryption is None and encryption_key is None:
            encryption = s3.BucketEncryption.S3_MANAGED
        if lifecycle_rules is None:
            lifecycle_rules = [_remove_unfinished_uploads()]
        own_role = None
        if replication_rules and replication_role is None:
            replication_role = own_role = ReplicationRole(scope, f"{id}ReplicationRole")
        super().__init__(
            scope,
            id,
            block_public_access=block_public_access or s3.BlockPublicAccess.BLOCK_ALL,
            encryption=encryption,
            encryption_key=encryption_key,
            enforce_ssl=enforce_ssl,
            lifecycle_rules=lifecycle_rules,
            removal_policy=removal_policy,
            versioned=versioned,
            access_control=access_control,
            auto_delete_objects=auto_delete_objects,
            bucket_key_enabled=bucket_key_enabled,
            bucket_name=bucket_name,
            cors=cors,
            event_bridge_enabled=event_bridge_enabled,
            intelligent_tiering_configurations=intelligent_tiering_configurations,
            inventories=inventories,
            metrics=metrics,
            minimum_tls_version=minimum_tls_version,
            notifications_handler_role=notifications_handler_role,
            notifications_skip_destination_validation=notifications_skip_destination_validation,
            object_lock_default_retention=object_lock_default_retention,
            object_lock_enabled=object_lock_enabled,
            object_ownership=object_ownership,
            public_read_access=public_read_access,
            server_access_logs_bucket=server_access_logs_bucket,
            server_access_logs_prefix=server_access_logs_prefix,
            target_object_key_format=target_object_key_format,
            transfer_acceleration=transfer_acceleration,
            transition_default_minimum_object_size=transition_default_minimum_object_size,
            website_error_document=website_error_document,
            website_index_document=website_index_document,
            website_redirect=website_redirect,
            website_routing_rules=website_routing_rules,
            **_given(
                abac_status=abac_status,
                blocked_encryption_types=blocked_encryption_types,
                bucket_name_prefix=bucket_name_prefix,
                bucket_namespace=bucket_namespace,
                replication_role=replication_role,
                replication_rules=replication_rules,
            ),
        )
        if own_role is not None and replication_rules:
            locked = bool(object_lock_enabled) or object_lock_default_retention is not None
            own_role.allow(self, replication_rules, locked=locked)
        if server_access_logs_bucket is None:
            acknowledge(self, _NO_ACCESS_LOGS, "AwsSolutions-S1")


def _given(**props: Any) -> dict[str, Any]:
    """The props that somebody gave; the oldest CDK that is supported does not know these."""
    return {name: value for name, value in props.items() if value is not None}


def _remove_unfinished_uploads() -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="RemoveUnfinishedUploads",
        abort_incomplete_multipart_upload_after=cdk.Duration.days(_DAYS_FOR_AN_UPLOAD),
    )
