"""ECR repositories."""

from __future__ import annotations

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, pick
from localcloud.services.cloudformation.stacks import Physical


class RepositoryProvider(ApiProvider):
    """`AWS::ECR::Repository`. One that holds images is deleted only with `EmptyOnDelete`."""

    service, creates, member, identity = "ecr", "create_repository", "repository", "repositoryName"
    takes = ("ImageTagMutability", "ImageScanningConfiguration", "EncryptionConfiguration")
    name_property = "RepositoryName"
    name_limit = 256
    name_in_lower_case = True
    attributes = named(Arn="{repositoryArn}", RepositoryUri="{repositoryUri}")
    fixed = frozenset({"RepositoryName", "EncryptionConfiguration"})
    tagging = ("list_tags_for_resource", "tag_resource", "untag_resource")
    tagged = named(resourceArn="{Arn}")
    keeps_aws_tags = True

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        which = {self.identity: physical.physical_id}
        default = {"ImageTagMutability": "MUTABLE", "ImageScanningConfiguration": {"ScanOnPush": False}}
        wanted = {**default, **request.properties}
        self.call(request, "put_image_tag_mutability", **which, **pick(wanted, "ImageTagMutability"))
        scanning = pick(wanted, "ImageScanningConfiguration")
        self.call(request, "put_image_scanning_configuration", **which, **scanning)
        return super().update(request, physical)

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        new, old, which = request.properties, request.old_properties, {self.identity: physical_id}
        lifecycle = pick(new.get("LifecyclePolicy") or {}, "LifecyclePolicyText")
        if lifecycle:
            self.call(request, "put_lifecycle_policy", **which, **lifecycle)
        elif "LifecyclePolicy" in old:
            self.call_if_there(request, "delete_lifecycle_policy", **which)
        if "RepositoryPolicyText" in new:
            self.call(request, "set_repository_policy", **which, policyText=new["RepositoryPolicyText"])
        elif "RepositoryPolicyText" in old:
            self.call_if_there(request, "delete_repository_policy", **which)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        which = {self.identity: physical.physical_id}
        emptied = request.properties.get("EmptyOnDelete") in (True, "true")
        images = None if emptied else self.call_if_there(request, "list_images", **which)
        if images and images["imageIds"]:
            raise ResourceFailure(
                f"The repository with name '{physical.physical_id}' in registry with id '{request.account}'"
                " cannot be deleted because it still contains images"
            )
        self.call_if_there(request, "delete_repository", **which, force=True)
