"""Checks of the props of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization.checks.kinds import check_construct, check_flag, check_kind, check_list
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved, plain
from cdk_sagemaker_optimization.facts import path_of, stacks_around
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.inference_ami_version import InferenceAmiVersion
from cdk_sagemaker_optimization.provider import OptimizationJobProvider

from .async_inference import AsyncInference
from .data_capture import DataCapture
from .endpoint_update import EndpointUpdate
from .hosting import Hosting
from .optimized_model import OptimizedModel

#: The names that endpoints and variants can have.
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
LONGEST_NAME = 63


def check_stack(endpoint: Construct, model: OptimizedModel) -> None:
    """Check that a model is deployed with its endpoint.

    A reference from another stack would be an export, which CloudFormation does not let change while it is in
    use: the model could never be replaced.

    Raises:
        ValueError: it is in another stack.
    """
    ours, theirs = stacks_around(endpoint)[0], stacks_around(model)[0]
    if ours is not theirs:
        raise ValueError(
            f"the model of {path_of(endpoint)} must be in its stack, {path_of(ours)}, got {path_of(model)} "
            f"of {path_of(theirs)}, whose name could not change as long as the endpoint uses it: define the "
            "model in the stack of the endpoint, and leave only the job in another stack"
        )


def check_name(prop: str, name: object) -> None:
    """Check the name of an endpoint or a variant.

    Raises:
        ValueError: the API does not allow it.
    """
    check_kind(str, name, prop, "a string")
    text: str = plain(name)
    if is_unresolved(text) or is_placeholder(text):
        return
    if len(text) > LONGEST_NAME or not NAME.fullmatch(text):
        raise ValueError(
            f"{prop} must have 1 to {LONGEST_NAME} letters, digits and hyphens, and begin and end with a "
            f"letter or digit, got {name!r}"
        )


def check_props(
    *,
    model: object,
    instance_type: object,
    hosting: object,
    volume_size: object,
    ami_version: object,
    update: object,
    rollback_alarms: object,
    data_capture: object,
    asynchronous: object,
    detailed_observability: object,
    encryption_key: object,
    verify_update: object,
    provider: object,
) -> None:
    """Check that props are of the right kinds.

    Raises:
        ValueError: a prop is of another kind, such as a string.
    """
    check_kind(OptimizedModel, model, "model", "an OptimizedModel")
    for kind, value, prop, expected in (
        (
            DeploymentInstanceType,
            instance_type,
            "instance_type",
            "a member of DeploymentInstanceType, or DeploymentInstanceType.of(…)",
        ),
        (Hosting, hosting, "hosting", "Hosting.instances(…) or Hosting.components(…)"),
        (cdk.Size, volume_size, "volume_size", "a Size, such as Size.gibibytes(256)"),
        (
            InferenceAmiVersion,
            ami_version,
            "ami_version",
            "a member of InferenceAmiVersion, or InferenceAmiVersion.of(…)",
        ),
        (EndpointUpdate, update, "update", "an EndpointUpdate, such as EndpointUpdate.canary(…)"),
        (DataCapture, data_capture, "data_capture", "DataCapture.to_bucket(…)"),
        (AsyncInference, asynchronous, "asynchronous", "AsyncInference.to_bucket(…)"),
        (OptimizationJobProvider, provider, "provider", "an OptimizationJobProvider"),
    ):
        if value is not None:
            check_kind(kind, value, prop, expected)
    check_list(rollback_alarms, "rollback_alarms", "a list of alarms")
    assert isinstance(rollback_alarms, Sequence)
    for number, alarm in enumerate(rollback_alarms):
        check_construct("alarm", alarm, f"rollback_alarms[{number}]")
    if detailed_observability is not None:
        check_flag(detailed_observability, "detailed_observability")
    if encryption_key is not None:
        check_construct("key", encryption_key, "encryption_key")
    check_flag(verify_update, "verify_update")
