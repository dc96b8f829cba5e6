"""A bucket for models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.audit import acknowledge
from cdk_sagemaker_optimization.checks.types import AnyKey, AnyRole

from .bucket_props import BucketProps
from .replication import ReplicationRole

_DAYS_FOR_AN_UPLOAD = 7
_NO_ACCESS_LOGS = (
    "Access logs need a second bucket, so they are the user's choice: `server_access_logs_bucket` of "
    "OptimizationBucket."
)


class OptimizationBucket(s3.Bucket):
    """A bucket that keeps models safe.

    It is private, encrypted and versioned, accepts only requests with TLS, and stays when the stack is
    deleted. An upload that is not finished after a week is removed, because a stopped job may leave one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        block_public_access: s3.BlockPublicAccess | None = None,
        encryption: s3.BucketEncryption | None = None,
        encryption_key: AnyKey | None = None,
        enforce_ssl: bool | None = None,
        lifecycle_rules: Sequence[s3.LifecycleRule] | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
        replication_role: AnyRole | None = None,
        versioned: bool | None = None,
        **props: Unpack[BucketProps],
    ) -> None:
        """Define the bucket.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            block_public_access: public access that S3 blocks. Default: all of it.
            encryption: the kind of encryption. Default: S3's own keys, or ``encryption_key`` if given.
            encryption_key: the key that encrypts the objects. Default: none of yours.
            enforce_ssl: whether requests without TLS are refused. Default: yes.
            lifecycle_rules: rules that move or remove objects. Default: an unfinished upload is removed after
                7 days.
            removal_policy: what happens to the bucket when it leaves the stack. Default: it is kept.
            replication_role: the role that S3 assumes to replicate objects. Default: with
                ``replication_rules``, a new role with only the permissions for that.
            versioned: whether an overwritten or deleted object can be restored. Default: yes.
            props: every other prop of ``s3.Bucket``, with the default that it has there.
        """
        if encryption is None and encryption_key is None:
            encryption = s3.BucketEncryption.S3_MANAGED
        if lifecycle_rules is None:
            lifecycle_rules = [_remove_unfinished_uploads()]
        rules = props.get("replication_rules")
        if any(isinstance(rule, dict) for rule in rules or ()):
            rules = [s3.ReplicationRule(**rule) if isinstance(rule, dict) else rule for rule in rules or ()]
            props = {**props, "replication_rules": rules}
        own_role = None
        if rules and replication_role is None:
            replication_role = own_role = ReplicationRole(scope, f"{id}ReplicationRole")
        # The oldest CDK that is supported does not know this prop.
        newer: dict[str, Any] = {} if replication_role is None else {"replication_role": replication_role}
        super().__init__(
            scope,
            id,
            block_public_access=block_public_access or s3.BlockPublicAccess.BLOCK_ALL,
            encryption=encryption,
            encryption_key=encryption_key,
            enforce_ssl=True if enforce_ssl is None else enforce_ssl,
            lifecycle_rules=lifecycle_rules,
            removal_policy=removal_policy or cdk.RemovalPolicy.RETAIN,
            versioned=True if versioned is None else versioned,
            **newer,
            **props,
        )
        if own_role is not None and rules:
            locked = bool(props.get("object_lock_enabled") or props.get("object_lock_default_retention"))
            own_role.allow(self, rules, locked=locked)
        if props.get("server_access_logs_bucket") is None:
            acknowledge(self, _NO_ACCESS_LOGS, "AwsSolutions-S1")


def _remove_unfinished_uploads() -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="RemoveUnfinishedUploads",
        abort_incomplete_multipart_upload_after=cdk.Duration.days(_DAYS_FOR_AN_UPLOAD),
    )
