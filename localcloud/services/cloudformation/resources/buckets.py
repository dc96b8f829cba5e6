"""S3 buckets and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.comparison import changed_properties
from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    pick,
    plain_tags,
    policy_text,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical


class BucketProvider(ApiProvider):
    """`AWS::S3::Bucket`. A bucket that is not empty cannot be deleted."""

    service = "s3"
    attributes = frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"})
    name_property = "BucketName"
    name_limit = 63
    name_in_lower_case = True
    fixed = frozenset({"BucketName", "BucketNamePrefix"})

    def create(self, request: ResourceRequest) -> Physical:
        name = self.name(request)
        location = {} if request.region == "us-east-1" else {"LocationConstraint": request.region}
        extra: dict[str, Any] = {"CreateBucketConfiguration": location} if location else {}
        if "AccessControl" in request.properties:
            extra["ACL"] = _canned_acl(str(request.properties["AccessControl"]))
        if request.properties.get("ObjectLockEnabled"):
            extra["ObjectLockEnabledForBucket"] = request.properties["ObjectLockEnabled"]
        self._refuse_taken(request, name)
        self.call(request, "create_bucket", Bucket=name, **extra)
        request.initiated(name)
        self._configure(request, name, frozenset(request.properties) | {"Tags"})
        return self._physical(request, name)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        changed = changed_properties(request.old_properties, request.properties) | {"Tags"}
        self._configure(request, physical.physical_id, changed)
        return self._physical(request, physical.physical_id)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_bucket", Bucket=physical.physical_id)

    def _refuse_taken(self, request: ResourceRequest, name: str) -> None:
        # In us-east-1, S3 lets an owner create a bucket again; CloudFormation does not take that for a
        # creation.
        if self.call_if_there(request, "get_bucket_location", Bucket=name) is not None:
            raise ResourceFailure(f"{name} already exists")

    def _configure(self, request: ResourceRequest, name: str, names: frozenset[str]) -> None:
        properties = request.properties
        for property_name, (put, delete, parameters) in _SETTINGS.items():
            if property_name not in names:
                continue
            if property_name in properties:
                self.call(request, put, Bucket=name, **parameters(properties[property_name]))
            elif delete is not None:
                self.call_if_there(request, delete, Bucket=name)
        if "Tags" in names:
            tags = plain_tags(request)
            if tags:
                self.call(request, "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(tags)})
            else:
                self.call_if_there(request, "delete_bucket_tagging", Bucket=name)

    def _physical(self, request: ResourceRequest, name: str) -> Physical:
        return Physical(
            name,
            request.properties,
            {
                "Arn": f"arn:aws:s3:::{name}",
                "DomainName": f"{name}.s3.amazonaws.com",
                "DualStackDomainName": f"{name}.s3.dualstack.{request.region}.amazonaws.com",
                "RegionalDomainName": f"{name}.s3.{request.region}.amazonaws.com",
                "WebsiteURL": f"http://{name}.s3-website-{request.region}.amazonaws.com",
            },
        )


class BucketPolicyProvider(ApiProvider):
    """`AWS::S3::BucketPolicy`."""

    service = "s3"
    taggable = False
    fixed = frozenset({"Bucket"})

    def create(self, request: ResourceRequest) -> Physical:
        bucket = str(request.properties["Bucket"])
        self._put(request, bucket)
        return Physical(bucket, request.properties)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self._put(request, physical.physical_id)
        return Physical(physical.physical_id, request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_bucket_policy", Bucket=physical.physical_id)

    def _put(self, request: ResourceRequest, bucket: str) -> None:
        policy = policy_text(request.properties["PolicyDocument"])
        self.call(request, "put_bucket_policy", Bucket=bucket, Policy=policy)


def _canned_acl(name: str) -> str:
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.lstrip("-")


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
    for source, days in (("Transitions", "Days"), ("NoncurrentVersionTransitions", "NoncurrentDays")):
        if source in rule:
            result[source] = [
                {"StorageClass": item["StorageClass"], days: item["TransitionInDays"]}
                for item in rule[source]
            ]
    return result


def _cors(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        {
            **without(rule, "Id", "MaxAge", "ExposedHeaders"),
            **({"ExposeHeaders": rule["ExposedHeaders"]} if "ExposedHeaders" in rule else {}),
            **({"MaxAgeSeconds": rule["MaxAge"]} if "MaxAge" in rule else {}),
        }
        for rule in value["CorsRules"]
    ]
    return {"CORSConfiguration": {"CORSRules": rules}}


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
    "CorsConfiguration": ("put_bucket_cors", "delete_bucket_cors", _cors),
    "LoggingConfiguration": ("put_bucket_logging", None, _logging),
}
"""Property: the operations that set and remove it, and the parameters it comes to. Other properties have no
effect here.
"""
