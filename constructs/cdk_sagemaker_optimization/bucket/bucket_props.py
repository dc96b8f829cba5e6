"""The props of ``s3.Bucket`` that ``OptimizationBucket`` passes on as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization.checks.types import AnyRole


class BucketProps(TypedDict, total=False):
    """Props with the names, the types and the defaults that ``s3.Bucket`` has for them.

    The oldest CDK that is supported does not know all of them.
    """

    abac_status: bool | None
    access_control: s3.BucketAccessControl | None
    auto_delete_objects: bool | None
    blocked_encryption_types: Sequence[s3.BlockedEncryptionType] | None
    bucket_key_enabled: bool | None
    bucket_name: str | None
    bucket_name_prefix: str | None
    bucket_namespace: s3.BucketNamespace | None
    cors: Sequence[s3.CorsRule] | None
    event_bridge_enabled: bool | None
    intelligent_tiering_configurations: Sequence[s3.IntelligentTieringConfiguration] | None
    inventories: Sequence[s3.Inventory] | None
    metrics: Sequence[s3.BucketMetrics] | None
    minimum_tls_version: float | None
    notifications_handler_role: AnyRole | None
    notifications_skip_destination_validation: bool | None
    object_lock_default_retention: s3.ObjectLockRetention | None
    object_lock_enabled: bool | None
    object_ownership: s3.ObjectOwnership | None
    public_read_access: bool | None
    replication_rules: Sequence[s3.ReplicationRule] | None
    server_access_logs_bucket: s3.IBucket | None
    server_access_logs_prefix: str | None
    target_object_key_format: s3.TargetObjectKeyFormat | None
    transfer_acceleration: bool | None
    transition_default_minimum_object_size: s3.TransitionDefaultMinimumObjectSize | None
    website_error_document: str | None
    website_index_document: str | None
    website_redirect: s3.RedirectTarget | None
    website_routing_rules: Sequence[s3.RoutingRule] | None
