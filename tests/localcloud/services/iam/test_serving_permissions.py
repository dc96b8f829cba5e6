"""What serves a model is made with the actions that AWS's service authorization reference names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect

_ARN = "arn:aws:sagemaker:us-east-1:123456789012"
_ROLE = "arn:aws:iam::123456789012:role/serving"
_MODEL, _CONFIG, _ENDPOINT = f"{_ARN}:model/Llama", f"{_ARN}:endpoint-config/Chat-1", f"{_ARN}:endpoint/Chat"
_COMPONENT = f"{_ARN}:inference-component/Llama"
_TAGS = [{"Key": "team", "Value": "ml"}]

_CALLS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "sagemaker",
        "create_model",
        {"ModelName": "Llama", "ExecutionRoleArn": _ROLE, "Tags": _TAGS},
        [("sagemaker:CreateModel", _MODEL), ("sagemaker:AddTags", _MODEL), ("iam:PassRole", _ROLE)],
    ),
    ("sagemaker", "describe_model", {"ModelName": "Llama"}, [("sagemaker:DescribeModel", _MODEL)]),
    ("sagemaker", "delete_model", {"ModelName": "Llama"}, [("sagemaker:DeleteModel", _MODEL)]),
    ("sagemaker", "list_tags", {"ResourceArn": _MODEL}, [("sagemaker:ListTags", _MODEL)]),
    (
        "sagemaker",
        "create_endpoint_config",
        {"EndpointConfigName": "Chat-1", "ExecutionRoleArn": _ROLE},
        [("sagemaker:CreateEndpointConfig", _CONFIG), ("iam:PassRole", _ROLE)],
    ),
    (
        "sagemaker",
        "create_endpoint",
        {"EndpointName": "Chat", "EndpointConfigName": "Chat-1"},
        [("sagemaker:CreateEndpoint", _ENDPOINT), ("sagemaker:CreateEndpoint", _CONFIG)],
    ),
    (
        "sagemaker",
        "update_endpoint",
        {"EndpointName": "Chat", "EndpointConfigName": "Chat-1"},
        [("sagemaker:UpdateEndpoint", _ENDPOINT), ("sagemaker:UpdateEndpoint", _CONFIG)],
    ),
    ("sagemaker", "describe_endpoint", {"EndpointName": "Chat"}, [("sagemaker:DescribeEndpoint", _ENDPOINT)]),
    (
        "sagemaker",
        "create_inference_component",
        {"InferenceComponentName": "Llama", "EndpointName": "Chat"},
        [
            ("sagemaker:CreateInferenceComponent", _COMPONENT),
            ("sagemaker:CreateInferenceComponent", _ENDPOINT),
        ],
    ),
    (
        "sagemaker",
        "describe_inference_component",
        {"InferenceComponentName": "Llama"},
        [("sagemaker:DescribeInferenceComponent", _COMPONENT)],
    ),
    (
        "sagemaker-runtime",
        "invoke_endpoint",
        {"EndpointName": "Chat", "InferenceComponentName": "Llama", "Body": b""},
        [("sagemaker:InvokeEndpoint", _ENDPOINT), ("sagemaker:InvokeEndpoint", _COMPONENT)],
    ),
]


def outcome(cloud: LocalCloud, role_arn: str, service: str, call: str, parameters: dict[str, Any]) -> str:
    """The message with which IAM refuses a call; empty if it does not."""
    client = cloud.client(service, role_arn=role_arn, session_name="me")
    try:
        getattr(client, call)(**parameters)
    except ClientError as error:
        denied = error.response["Error"]["Code"] == "AccessDeniedException"
        return error.response["Error"]["Message"] if denied else ""
    return ""


def allow(grants: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in grants]


@pytest.mark.parametrize(("service", "call", "parameters", "grants"), _CALLS, ids=[row[1] for row in _CALLS])
def test_a_call_needs_exactly_these_permissions(
    cloud: LocalCloud,
    role: Callable[..., str],
    service: str,
    call: str,
    parameters: dict[str, Any],
    grants: list[tuple[str, str]],
) -> None:
    assert outcome(cloud, role(*allow(grants), name="exact"), service, call, parameters) == ""
    for number, (action, arn) in enumerate(grants):
        rest = [grant for grant in grants if grant != (action, arn)]
        refused = outcome(cloud, role(*allow(rest), name=f"less-{number}"), service, call, parameters)
        assert f"not authorized to perform: {action} on resource: {arn}" in refused


def test_iam_may_see_the_name_of_a_model_in_lower_case(cloud: LocalCloud, role: Callable[..., str]) -> None:
    cloud.dialect = Dialect(lower_case_arns=True)
    exact = role(*allow([("sagemaker:DescribeModel", _MODEL)]), name="exact")
    lower = role(*allow([("sagemaker:DescribeModel", f"{_ARN}:model/llama")]), name="lower")
    described = ("sagemaker", "describe_model", {"ModelName": "Llama"})
    assert "model/llama" in outcome(cloud, exact, *described)
    assert outcome(cloud, lower, *described) == ""
