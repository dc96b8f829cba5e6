"""KMS keys and their aliases."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    own_tags,
    pick,
    policy_text,
    retag,
    tag_list,
)
from localcloud.services.cloudformation.stacks import Physical


class KeyProvider(ApiProvider):
    """`AWS::KMS::Key`. Deleting it schedules the deletion."""

    service = "kms"
    attributes = frozenset({"Arn", "KeyId"})
    fixed = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        optional: dict[str, Any] = pick(
            properties, "Description", "KeyUsage", "KeySpec", "MultiRegion", "Origin"
        )
        if "KeyPolicy" in properties:
            optional["Policy"] = policy_text(properties["KeyPolicy"])
        tags = tag_list(own_tags(request), "TagKey", "TagValue")
        key = self.call(request, "create_key", Tags=tags, **optional)["KeyMetadata"]
        request.initiated(key["KeyId"])
        self._switch(request, key["KeyId"])
        return Physical(key["KeyId"], properties, {"Arn": key["Arn"], "KeyId": key["KeyId"]})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        key_id, properties = physical.physical_id, request.properties
        if "KeyPolicy" in properties:
            policy = policy_text(properties["KeyPolicy"])
            self.call(request, "put_key_policy", KeyId=key_id, PolicyName="default", Policy=policy)
        description = properties.get("Description", "")
        self.call(request, "update_key_description", KeyId=key_id, Description=description)
        self._switch(request, key_id)
        retag(
            own_tags(request),
            [tag["TagKey"] for tag in self.call(request, "list_resource_tags", KeyId=key_id)["Tags"]],
            lambda tags: self.call(
                request, "tag_resource", KeyId=key_id, Tags=tag_list(tags, "TagKey", "TagValue")
            ),
            lambda keys: self.call(request, "untag_resource", KeyId=key_id, TagKeys=keys),
        )
        return Physical(key_id, properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        days = request.properties.get("PendingWindowInDays", 30)
        which = {"KeyId": physical.physical_id, "PendingWindowInDays": days}
        self.call_if_there(request, "schedule_key_deletion", **which)

    def _switch(self, request: ResourceRequest, key_id: str) -> None:
        rotated = request.properties.get("EnableKeyRotation", False) in (True, "true")
        if rotated or "EnableKeyRotation" in request.old_properties:
            operation = "enable_key_rotation" if rotated else "disable_key_rotation"
            self.call(request, operation, KeyId=key_id)
        enabled = request.properties.get("Enabled", True) in (True, "true")
        if not enabled or "Enabled" in request.old_properties:
            self.call(request, "enable_key" if enabled else "disable_key", KeyId=key_id)


class AliasProvider(ApiProvider):
    """`AWS::KMS::Alias`."""

    service = "kms"
    taggable = False
    name_property = "AliasName"
    fixed = frozenset({"AliasName"})

    def create(self, request: ResourceRequest) -> Physical:
        self.call(request, "create_alias", **pick(request.properties, "AliasName", "TargetKeyId"))
        return Physical(str(request.properties["AliasName"]), request.properties)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self.call(request, "update_alias", **pick(request.properties, "AliasName", "TargetKeyId"))
        return Physical(physical.physical_id, request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_alias", AliasName=physical.physical_id)
