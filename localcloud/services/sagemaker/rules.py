"""SageMaker's rules for a CreateOptimizationJob request beyond its service model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.services.sagemaker.s3_location import S3Location

MOST_TAGS = 50


def check_creation(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a request that fits its shape and yet makes no sense."""
    _check_source(request["ModelSource"])
    if not request["OptimizationConfigs"]:
        raise _invalid("OptimizationConfigs must contain at least one configuration")
    _check_location("OutputConfig.S3OutputLocation", request["OutputConfig"]["S3OutputLocation"])
    for config in request["OptimizationConfigs"]:
        if training := config.get("ModelSpeculativeDecodingConfig", {}).get("TrainingDataSource"):
            _check_location("TrainingDataSource.S3Uri", training["S3Uri"])
    limits = request["StoppingCondition"]
    runtime, wait = limits.get("MaxRuntimeInSeconds"), limits.get("MaxWaitTimeInSeconds")
    if runtime is not None and wait is not None and wait < runtime:
        raise _invalid("MaxWaitTimeInSeconds must be equal to or greater than MaxRuntimeInSeconds")
    check_tags(tag["Key"] for tag in request.get("Tags") or ())


def check_tags(keys: Iterable[str]) -> None:
    """Raise ValidationException for tag keys that no caller may set together."""
    seen = set()
    for key in keys:
        if key.lower().startswith("aws:"):
            raise _invalid("aws: prefixed tag key names are not allowed for external use.")
        if key in seen:
            raise _invalid(f"Duplicate tag keys found: {key}. Please note that tag keys are case sensitive.")
        seen.add(key)


def _check_source(source: Mapping[str, Any]) -> None:
    given = [member for member in ("S3", "SageMakerModel") if source.get(member) is not None]
    if len(given) != 1:
        raise _invalid("ModelSource must specify exactly one of S3 and SageMakerModel")
    if "S3" in given:
        if not source["S3"].get("S3Uri"):
            raise _invalid("ModelSource.S3 must specify S3Uri")
        _check_location("ModelSource.S3.S3Uri", source["S3"]["S3Uri"])
    elif not source["SageMakerModel"].get("ModelName"):
        raise _invalid("ModelSource.SageMakerModel must specify ModelName")


def _check_location(member: str, uri: str) -> None:
    try:
        S3Location.parse(uri)
    except ValueError as error:
        raise _invalid(f"{member} is invalid: {error}") from error


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
