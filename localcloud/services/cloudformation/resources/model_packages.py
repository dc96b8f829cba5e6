"""The groups of the model registry."""

from __future__ import annotations

from localcloud.services.cloudformation.resources.calls import named
from localcloud.services.cloudformation.resources.serving import SageMakerProvider


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
