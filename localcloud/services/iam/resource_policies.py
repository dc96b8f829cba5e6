"""Policies of resources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localcloud.kernel.moto_app import backend


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


def service_policies(resource_arn: str, region: str) -> list[str]:
    """The policies by which services may use a function, a queue or a topic."""
    service = resource_arn.split(":")[2]
    return _SERVICE_POLICIES[service](resource_arn, region) if service in _SERVICE_POLICIES else []


def _function_policies(arn: str, region: str) -> list[str]:
    functions: Any = backend("lambda", region).list_functions()
    found = [function.policy for function in functions if function.function_arn == arn]
    return [json.dumps({"Statement": policy.statements}) for policy in found]


def _queue_policies(arn: str, region: str) -> list[str]:
    queues: dict[str, Any] = backend("sqs", region).queues
    return [queue.policy for queue in list(queues.values()) if queue.queue_arn == arn and queue.policy]


def _topic_policies(arn: str, region: str) -> list[str]:
    topic: Any = backend("sns", region).topics.get(arn)
    return [] if topic is None else [topic.policy]


_SERVICE_POLICIES: dict[str, Callable[[str, str], list[str]]] = {
    "lambda": _function_policies,
    "sns": _topic_policies,
    "sqs": _queue_policies,
}
