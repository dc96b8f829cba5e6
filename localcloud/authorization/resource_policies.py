"""Policies that hang on resources: buckets and keys."""

from __future__ import annotations

from typing import Any

from localcloud.moto_app import backend


def bucket_policy(resource_arn: str, region: str) -> str | None:
    """The policy of the bucket of an S3 ARN (a bucket's or an object's)."""
    bucket = backend("s3", region).buckets.get(resource_arn.split(":::", 1)[-1].split("/", 1)[0])
    policy = bucket.policy if bucket is not None else None
    return policy.decode() if isinstance(policy, bytes) else policy


def key_policy(key_arn: str, region: str) -> str | None:
    """The policy of a KMS key; None if there is no such key."""
    keys: dict[str, Any] = backend("kms", region).keys
    key = keys.get(key_arn.rpartition("/")[2])
    return None if key is None else str(key.policy)
