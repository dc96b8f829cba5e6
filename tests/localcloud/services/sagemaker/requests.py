"""A request that is right in every way, to be made wrong in one."""

from __future__ import annotations

import copy
from typing import Any

ROLE_ARN = "arn:aws:iam::123456789012:role/execution"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.29.0-lmi11.0.0-cu124"

_REQUEST: dict[str, Any] = {
    "OptimizationJobName": "llama-awq",
    "RoleArn": ROLE_ARN,
    "ModelSource": {"S3": {"S3Uri": "s3://models/llama-3-8b/", "ModelAccessConfig": {"AcceptEula": True}}},
    "DeploymentInstanceType": "ml.g5.12xlarge",
    "OptimizationConfigs": [
        {"ModelQuantizationConfig": {"Image": IMAGE, "OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}}
    ],
    "OutputConfig": {"S3OutputLocation": "s3://models/llama-3-8b-awq/"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
}


def creation(**members: Any) -> dict[str, Any]:
    """A CreateOptimizationJob request for AWQ of a model in S3, with other members. None leaves one out."""
    request = copy.deepcopy(_REQUEST) | members
    return {name: value for name, value in request.items() if value is not None}


EAGLE: dict[str, Any] = {
    "ModelSpeculativeDecodingConfig": {
        "Technique": "EAGLE",
        "TrainingDataSource": {"S3Uri": "s3://models/training/", "S3DataType": "S3Prefix"},
    }
}
