"""The model registry: model package groups and their versions."""

from __future__ import annotations

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import named, pick
from localcloud.services.cloudformation.resources.serving import SageMakerProvider
from localcloud.services.cloudformation.stacks import Physical


class ModelPackageGroupProvider(SageMakerProvider):
    """`AWS::SageMaker::ModelPackageGroup`."""

    creates, deletes = "create_model_package_group", "delete_model_package_group"
    describes, identity = "describe_model_package_group", "ModelPackageGroupName"
    takes = ("ModelPackageGroupDescription",)
    name_property = "ModelPackageGroupName"
    ref = "{ModelPackageGroupArn}"
    attributes = named(
        ModelPackageGroupArn="{ref}",
        ModelPackageGroupStatus="{ModelPackageGroupStatus}",
        CreationTime="{CreationTime}",
    )
    fixed = frozenset({"ModelPackageGroupName", "ModelPackageGroupDescription"})


class ModelPackageProvider(SageMakerProvider):
    """`AWS::SageMaker::ModelPackage`."""

    creates, deletes = "create_model_package", "delete_model_package"
    describes, identity = "describe_model_package", "ModelPackageName"
    ref = "{ModelPackageArn}"
    attributes = named(
        ModelPackageArn="{ref}", ModelPackageStatus="{ModelPackageStatus}", CreationTime="{CreationTime}"
    )
    changeable = frozenset(
        {"ApprovalDescription", "CustomerMetadataProperties", "ModelApprovalStatus", "Tags"}
    )

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        wanted = pick(request.properties, *self.changeable - {"Tags"})
        self.call(request, "update_model_package", ModelPackageArn=physical.physical_id, **wanted)
        return super().update(request, physical)
