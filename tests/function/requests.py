"""The requests that the tests begin with: payload 05, AWQ of Llama-3-8B."""

from __future__ import annotations

import copy
from typing import Any

from tests.simulation import SimulatedAws

JOB = "Custom::SageMakerOptimizationJob"
COMPLETION = "Custom::SageMakerOptimizationJobCompletion"
MODEL = "Custom::SageMakerModel"
VERSION = "Custom::SageMakerModelPackage"
VERIFICATION = "Custom::SageMakerEndpointVerification"

PROPERTIES: dict[str, Any] = {
    "ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:models-provider",
    "Version": "1",
    "NamePrefix": "models--llama3",
    "RoleArn": "arn:aws:iam::111122223333:role/SageMakerExecutionRole",
    "ModelSource": {
        "S3": {
            "S3Uri": "s3://models-111122223333/inference-model/",
            "ModelAccessConfig": {"AcceptEula": True},
        }
    },
    "DeploymentInstanceType": "ml.g5.12xlarge",
    "OptimizationConfigs": [
        {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}},
    ],
    "OutputConfig": {"S3OutputLocation": "s3://models-111122223333/optimized/"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
}


def properties(**changes: Any) -> dict[str, Any]:
    """The properties of a job, with some members set, or taken away with None."""
    changed = {**copy.deepcopy(PROPERTIES), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def create(aws: SimulatedAws, **changes: Any) -> dict[str, Any]:
    return aws.request("Create", JOB, properties(**changes))


def update(
    aws: SimulatedAws, physical_resource_id: str, old: dict[str, Any], new: dict[str, Any]
) -> dict[str, Any]:
    more = {"PhysicalResourceId": physical_resource_id, "OldResourceProperties": old}
    return aws.request("Update", JOB, new, **more)


def delete(aws: SimulatedAws, physical_resource_id: str, **changes: Any) -> dict[str, Any]:
    return aws.request("Delete", JOB, properties(**changes), PhysicalResourceId=physical_resource_id)


def leg(aws: SimulatedAws, job_name: str, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
    wanted = {
        "ServiceToken": "x",
        "Version": "1",
        "OptimizationJobName": job_name,
        "Timeout": 3300,
        **changes,
    }
    more = (
        {}
        if request_type == "Create"
        else {"PhysicalResourceId": "models/Leg1", "OldResourceProperties": wanted}
    )
    return aws.request(request_type, COMPLETION, wanted, **more)


#: Llama-3-8B with the draft that EAGLE trained for it.
MODEL_PROPERTIES: dict[str, Any] = {
    "ServiceToken": PROPERTIES["ServiceToken"],
    "Version": "1",
    "NamePrefix": "models--served",
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/ServingRole",
    "PrimaryContainer": {
        "Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18",
        "Environment": {"OPTION_MODEL": "/opt/ml/model", "OPTION_ASYNC_MODE": "true"},
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": "s3://models-111122223333/llama/",
                "S3DataType": "S3Prefix",
                "CompressionType": "None",
                "ModelAccessConfig": {"AcceptEula": True},
            }
        },
        "AdditionalModelDataSources": [
            {
                "ChannelName": "eagle",
                "S3DataSource": {
                    "S3Uri": "s3://models-111122223333/optimized/draft/",
                    "S3DataType": "S3Prefix",
                    "CompressionType": "None",
                },
            }
        ],
    },
    "EnableNetworkIsolation": False,
}


def model(aws: SimulatedAws, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
    """A request for a model. An update and a deletion say what it was: ``physical_id``, and ``old``."""
    physical_id, old = changes.pop("physical_id", None), changes.pop("old", None)
    more: dict[str, Any] = {} if physical_id is None else {"PhysicalResourceId": physical_id}
    if request_type == "Update":
        more["OldResourceProperties"] = model_properties(**(old or {}))
    return aws.request(request_type, MODEL, model_properties(**changes), **more)


def model_properties(**changes: Any) -> dict[str, Any]:
    changed = {**copy.deepcopy(MODEL_PROPERTIES), **changes}
    return {name: value for name, value in changed.items() if value is not None}


#: A version of Llama-3-8B with its draft, in a group that other stacks share.
VERSION_PROPERTIES: dict[str, Any] = {
    "ServiceToken": PROPERTIES["ServiceToken"],
    "Version": "1",
    "NamePrefix": "models--registered",
    "ModelPackageGroupName": "Llama",
    "ModelApprovalStatus": "PendingManualApproval",
    "SkipModelValidation": "All",
    "CustomerMetadataProperties": {"OptimizationJobName": "models--llama3-0123456789abcdef"},
    "InferenceSpecification": {
        "Containers": [MODEL_PROPERTIES["PrimaryContainer"]],
        "SupportedContentTypes": ["application/json"],
        "SupportedResponseMIMETypes": ["application/json"],
    },
}


def version(aws: SimulatedAws, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
    """A request for a version. An update and a deletion say what it was: ``physical_id``, and ``old``."""
    physical_id, old = changes.pop("physical_id", None), changes.pop("old", None)
    more: dict[str, Any] = {} if physical_id is None else {"PhysicalResourceId": physical_id}
    if request_type == "Update":
        more["OldResourceProperties"] = version_properties(**(old or {}))
    return aws.request(request_type, VERSION, version_properties(**changes), **more)


def version_properties(**changes: Any) -> dict[str, Any]:
    changed = {**copy.deepcopy(VERSION_PROPERTIES), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def verification(aws: SimulatedAws, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
    wanted = {
        "ServiceToken": "x",
        "Version": "1",
        "EndpointName": "llama",
        "EndpointConfigName": "config-new",
        **changes,
    }
    more = (
        {}
        if request_type == "Create"
        else {"PhysicalResourceId": "models/Verify", "OldResourceProperties": wanted}
    )
    return aws.request(request_type, VERIFICATION, wanted, **more)


def deployed(aws: SimulatedAws, **changes: Any) -> str:
    """The name of a job that a stack has created and that has completed; the stack is about to be updated."""
    name: str = aws.carry_out(create(aws, **changes))["PhysicalResourceId"]
    aws.settle(3600)
    assert aws.sagemaker.jobs[name].status(aws.time) == "COMPLETED"
    aws.stack_status = "UPDATE_IN_PROGRESS"
    return name
