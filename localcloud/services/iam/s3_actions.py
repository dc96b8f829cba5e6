"""S3's actions, whose names and resources differ from its operations'."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from localcloud.kernel.api import ApiRequest
from localcloud.kernel.moto_app import backend

_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}

_OF_A_VERSION = {"GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging"}


def s3_needs(request: ApiRequest) -> list[tuple[str, str]]:
    """The actions and the resources that an S3 call needs, the keys of encrypted objects included."""
    parameters = request.parameters
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    if bucket is None:
        return [(f"s3:{_ACTIONS.get(request.operation, request.operation)}", "*")]
    arn = f"arn:aws:s3:::{bucket}"
    if request.operation == "DeleteObjects":
        return [("s3:DeleteObject", f"{arn}/{each['Key']}") for each in parameters["Delete"]["Objects"]]
    action = _ACTIONS.get(request.operation, request.operation)
    if parameters.get("VersionId") and action in _OF_A_VERSION:
        action = action.replace("Object", "ObjectVersion")
    needs = [(f"s3:{action}", f"{arn}/{key}" if key is not None else arn)]
    if action == "PutObject":
        needs += _encryption(request, bucket)
    if action == "GetObject" and key is not None:
        needs += _decryption(request, bucket, key)
    source = parameters.get("CopySource")
    if isinstance(source, str):
        needs.append(("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/').split('?')[0]}"))
    return needs


def _encryption(request: ApiRequest, bucket: str) -> list[tuple[str, str]]:
    """The permission to use the key that the call names, or that the bucket encrypts with by default."""
    key = request.parameters.get("SSEKMSKeyId")
    if key is None and request.parameters.get("ServerSideEncryption") is None:
        found = backend("s3", request.region).buckets.get(bucket)
        key = _default_key(found.encryption) if found is not None and found.encryption else None
    return [("kms:GenerateDataKey", key_arn(key, request))] if key else []


def _decryption(request: ApiRequest, bucket: str, key: str) -> list[tuple[str, str]]:
    found = backend("s3", request.region).buckets.get(bucket)
    stored: Any = found.keys.get(key) if found is not None else None
    key_id = getattr(stored, "kms_key_id", None)
    return [("kms:Decrypt", key_arn(key_id, request))] if key_id else []


def _default_key(encryption: Any) -> str | None:
    rules = encryption.get("Rule", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("KMSMasterKeyID"):
            return str(default["KMSMasterKeyID"])
    return None


def key_arn(key: str, request: ApiRequest) -> str:
    """The ARN of a KMS key, or of its alias, that may be given by its id or its name."""
    if key.startswith("arn:"):
        return key
    name = key if key.startswith("alias/") else f"key/{key.removeprefix('key/')}"
    return f"arn:aws:kms:{request.region}:{request.account}:{name}"
