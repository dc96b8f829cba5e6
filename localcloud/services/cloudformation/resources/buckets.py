"""S3 buckets and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.comparison import changed_properties
from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    named,
    pick,
    plain_tags,
    tag_list,
)
from localcloud.services.cloudformation.stacks import Physical


class BucketProvider(ApiProvider):
    """`AWS::S3::Bucket`. A bucket that is not empty cannot be deleted."""

    service, creates, deletes, identity = "s3", "create_bucket", "delete_bucket", "Bucket"
    attributes = named(
        Arn="arn:aws:s3:::{ref}",
        DomainName="{ref}.s3.amazonaws.com",
        DualStackDomainName="{ref}.s3.dualstack.{region}.amazonaws.com",
        RegionalDomainName="{ref}.s3.{region}.amazonaws.com",
        WebsiteURL="http://{ref}.s3-website-{region}.amazonaws.com",
    )
    name_property = "BucketName"
    name_limit = 63
    name_in_lower_case = True
    renamed = named(BucketName="Bucket")
    fixed = frozenset({"BucketName", "BucketNamePrefix"})

    def create(self, request: ResourceRequest) -> Physical:
        # In us-east-1, S3 lets an owner create a bucket again; CloudFormation does not take that for a
        # creation.
        name = request.properties.get("BucketName")
        if name and self.call_if_there(request, "get_bucket_location", Bucket=name) is not None:
            raise ResourceFailure(f"{name} already exists")
        return super().create(request)

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:  # noqa: ARG002
        wanted: dict[str, Any] = {}
        if request.region != "us-east-1":
            wanted["CreateBucketConfiguration"] = {"LocationConstraint": request.region}
        if request.properties.get("ObjectLockEnabled"):
            wanted["ObjectLockEnabledForBucket"] = request.properties["ObjectLockEnabled"]
        return wanted

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        properties = request.properties
        changed = changed_properties(request.old_properties, properties)
        for name, (put, delete, parameters) in _SETTINGS.items():
            if name in changed and name in properties:
                self.call(request, put, Bucket=physical_id, **parameters(properties[name]))
            elif name in changed and delete is not None:
                self.call_if_there(request, delete, Bucket=physical_id)
        if tags := plain_tags(request):
            self.call(request, "put_bucket_tagging", Bucket=physical_id, Tagging={"TagSet": tag_list(tags)})
        else:
            self.call_if_there(request, "delete_bucket_tagging", Bucket=physical_id)


class BucketPolicyProvider(ApiProvider):
    """`AWS::S3::BucketPolicy`."""

    service, creates, deletes = "s3", "put_bucket_policy", "delete_bucket_policy"
    updates = creates
    identity = name_property = "Bucket"
    renamed = named(PolicyDocument="Policy")
    taggable = False
    fixed = frozenset({"Bucket"})


def _encryption(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault", {}),
            **pick(rule, "BucketKeyEnabled"),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        result["ID"] = rule["Id"]
    expiration = {
        **({"Days": rule["ExpirationInDays"]} if "ExpirationInDays" in rule else {}),
        **pick(rule, "ExpiredObjectDeleteMarker"),
    }
    if expiration:
        result["Expiration"] = expiration
    noncurrent = dict(rule.get("NoncurrentVersionExpiration", {}))
    if "NoncurrentVersionExpirationInDays" in rule:
        noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    if noncurrent:
        result["NoncurrentVersionExpiration"] = noncurrent
    result.update(pick(rule, "AbortIncompleteMultipartUpload"))
    return result


def _logging(value: Mapping[str, Any]) -> dict[str, Any]:
    if "DestinationBucketName" not in value:
        return {"BucketLoggingStatus": {}}
    enabled = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    return {"BucketLoggingStatus": {"LoggingEnabled": enabled}}


_SETTINGS: dict[str, tuple[str, str | None, Any]] = {
    "OwnershipControls": (
        "put_bucket_ownership_controls",
        "delete_bucket_ownership_controls",
        lambda value: {"OwnershipControls": value},
    ),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        "delete_public_access_block",
        lambda value: {"PublicAccessBlockConfiguration": value},
    ),
    "BucketEncryption": ("put_bucket_encryption", "delete_bucket_encryption", _encryption),
    "VersioningConfiguration": (
        "put_bucket_versioning",
        None,
        lambda value: {"VersioningConfiguration": pick(value, "Status")},
    ),
    "LifecycleConfiguration": ("put_bucket_lifecycle_configuration", "delete_bucket_lifecycle", _lifecycle),
    "LoggingConfiguration": ("put_bucket_logging", None, _logging),
}
"""Property: the operations that set and remove it, and the parameters it comes to. Other properties have no
effect here.
"""
