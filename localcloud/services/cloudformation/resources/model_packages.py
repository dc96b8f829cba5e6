"""The groups of the model registry."""

from __future__ import annotations

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    plain_tags,
    retag,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical


class _RegistryProvider(ApiProvider):
    """A resource whose Ref is its ARN."""

    service = "sagemaker"

    def _retag(self, request: ResourceRequest, arn: str) -> None:
        retag(
            plain_tags(request),
            [tag["Key"] for tag in self.call(request, "list_tags", ResourceArn=arn)["Tags"]],
            lambda tags: self.call(request, "add_tags", ResourceArn=arn, Tags=tag_list(tags)),
            lambda keys: self.call(request, "delete_tags", ResourceArn=arn, TagKeys=keys),
        )


class ModelPackageGroupProvider(_RegistryProvider):
    """`AWS::SageMaker::ModelPackageGroup`."""

    attributes = frozenset({"ModelPackageGroupArn", "ModelPackageGroupStatus", "CreationTime"})
    name_property = "ModelPackageGroupName"
    fixed = frozenset({"ModelPackageGroupName", "ModelPackageGroupDescription"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = {
            **without(request.properties, "ModelPackageGroupPolicy"),
            "Tags": tag_list(plain_tags(request)),
        }
        arn = str(self.call(request, "create_model_package_group", **wanted)["ModelPackageGroupArn"])
        request.initiated(arn)
        shown = self.call(request, "describe_model_package_group", ModelPackageGroupName=_name(arn))
        attributes = {name: str(shown[name]) for name in self.attributes or ()}
        return Physical(arn, request.properties, attributes)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self._retag(request, physical.physical_id)
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        name = _name(physical.physical_id)
        self.call_if_there(request, "delete_model_package_group", ModelPackageGroupName=name)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
