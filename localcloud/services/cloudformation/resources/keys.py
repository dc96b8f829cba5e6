"""KMS keys."""

from __future__ import annotations

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named
from localcloud.services.cloudformation.stacks import Physical


class KeyProvider(ApiProvider):
    """`AWS::KMS::Key`. Deleting it schedules the deletion."""

    service, creates, member, ref, identity = "kms", "create_key", "KeyMetadata", "{KeyId}", "KeyId"
    takes = ("Description", "KeyUsage", "KeySpec", "MultiRegion", "Origin", "KeyPolicy")
    renamed = named(KeyPolicy="Policy")
    attributes = named(Arn="{Arn}", KeyId="{KeyId}")
    fixed = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})
    tagging = ("list_resource_tags", "tag_resource", "untag_resource")
    tagged = named(KeyId="{ref}")
    tag_key = "TagKey"
    keeps_aws_tags = True

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        key_id, properties = physical.physical_id, request.properties
        if "KeyPolicy" in properties:
            policy = properties["KeyPolicy"]
            self.call(request, "put_key_policy", KeyId=key_id, PolicyName="default", Policy=policy)
        description = properties.get("Description", "")
        self.call(request, "update_key_description", KeyId=key_id, Description=description)
        return super().update(request, physical)

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        rotated = request.properties.get("EnableKeyRotation", False) in (True, "true")
        if rotated or "EnableKeyRotation" in request.old_properties:
            operation = "enable_key_rotation" if rotated else "disable_key_rotation"
            self.call(request, operation, KeyId=physical_id)
        enabled = request.properties.get("Enabled", True) in (True, "true")
        if not enabled or "Enabled" in request.old_properties:
            self.call(request, "enable_key" if enabled else "disable_key", KeyId=physical_id)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        days = request.properties.get("PendingWindowInDays", 30)
        which = {"KeyId": physical.physical_id, "PendingWindowInDays": days}
        self.call_if_there(request, "schedule_key_deletion", **which)
