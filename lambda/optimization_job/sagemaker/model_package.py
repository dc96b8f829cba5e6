"""The kind of a version of a model package group in the model registry.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from __future__ import annotations

from ..contract import MODEL_APPROVAL_STATUS, MODEL_PACKAGE_GROUP_NAME, MODEL_PACKAGE_TYPE
from .kind import JobKind

#: UpdateModelPackage changes the approval, and the metadata properties that stand for tags.
MODEL_PACKAGE = JobKind(
    resource_type=MODEL_PACKAGE_TYPE,
    noun="model package",
    api_name="ModelPackage",
    arn_name="model-package",
    changeable=(MODEL_APPROVAL_STATUS,),
    group_member=MODEL_PACKAGE_GROUP_NAME,
    completed="Completed",
    failed=("Failed",),
)
