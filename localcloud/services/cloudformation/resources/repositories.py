"""ECR repositories."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.errors import ResourceFailure
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


class RepositoryProvider(ApiProvider):
    """`AWS::ECR::Repository`. One that holds images is deleted only with `EmptyOnDelete`."""

    service = "ecr"
    attributes = frozenset({"Arn", "RepositoryUri"})
    name_property = "RepositoryName"
    name_limit = 256
    name_in_lower_case = True
    fixed = frozenset({"RepositoryName", "EncryptionConfiguration"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name = self.name(request)
        optional = pick(
            properties, "ImageTagMutability", "ImageScanningConfiguration", "EncryptionConfiguration"
        )
        named: dict[str, Any] = {key[:1].lower() + key[1:]: value for key, value in optional.items()}
        tags = tag_list(own_tags(request))
        repository = self.call(request, "create_repository", repositoryName=name, tags=tags, **named)[
            "repository"
        ]
        request.initiated(name)
        self._set_policies(request, name)
        attributes = {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}
        return Physical(name, properties, attributes)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        name, arn = physical.physical_id, physical.attributes["Arn"]
        mutability = request.properties.get("ImageTagMutability", "MUTABLE")
        self.call(request, "put_image_tag_mutability", repositoryName=name, imageTagMutability=mutability)
        scanning = request.properties.get("ImageScanningConfiguration", {"ScanOnPush": False})
        self.call(
            request,
            "put_image_scanning_configuration",
            repositoryName=name,
            imageScanningConfiguration=scanning,
        )
        self._set_policies(request, name)
        retag(
            own_tags(request),
            [tag["Key"] for tag in self.call(request, "list_tags_for_resource", resourceArn=arn)["tags"]],
            lambda tags: self.call(request, "tag_resource", resourceArn=arn, tags=tag_list(tags)),
            lambda keys: self.call(request, "untag_resource", resourceArn=arn, tagKeys=keys),
        )
        return Physical(name, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        name = physical.physical_id
        emptied = request.properties.get("EmptyOnDelete") in (True, "true")
        images = None if emptied else self.call_if_there(request, "list_images", repositoryName=name)
        if images and images["imageIds"]:
            raise ResourceFailure(
                f"The repository with name '{name}' in registry with id '{request.account}' cannot be deleted"
                " because it still contains images"
            )
        self.call_if_there(request, "delete_repository", repositoryName=name, force=True)

    def _set_policies(self, request: ResourceRequest, name: str) -> None:
        new, old = request.properties, request.old_properties
        lifecycle = (new.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        if lifecycle:
            self.call(request, "put_lifecycle_policy", repositoryName=name, lifecyclePolicyText=lifecycle)
        elif "LifecyclePolicy" in old:
            self.call_if_there(request, "delete_lifecycle_policy", repositoryName=name)
        if "RepositoryPolicyText" in new:
            text = policy_text(new["RepositoryPolicyText"])
            self.call(request, "set_repository_policy", repositoryName=name, policyText=text)
        elif "RepositoryPolicyText" in old:
            self.call_if_there(request, "delete_repository_policy", repositoryName=name)
