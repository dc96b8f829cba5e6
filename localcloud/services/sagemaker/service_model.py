"""botocore's description of SageMaker: the one place that says what a request may contain."""

from __future__ import annotations

from functools import lru_cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

JOB_OPERATIONS = frozenset(
    {
        "CreateOptimizationJob",
        "DescribeOptimizationJob",
        "ListOptimizationJobs",
        "StopOptimizationJob",
        "DeleteOptimizationJob",
    }
)
TAG_OPERATIONS = frozenset({"AddTags", "DeleteTags", "ListTags"})


@lru_cache(maxsize=1)
def sagemaker_service() -> ServiceModel:
    """SageMaker's service model of the installed botocore."""
    # A loader of its own: AWS_DATA_PATH may point at a trimmed model that has only a few operations.
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model("sagemaker", "service-2"), "sagemaker")


def operation(name: str) -> OperationModel:
    """The model of one SageMaker operation. Raises botocore's OperationNotFoundError for any other name."""
    return sagemaker_service().operation_model(name)
