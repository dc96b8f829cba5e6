"""The checks of a state machine's role before Step Functions accepts its settings.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html (logs),
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html (traces)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions, session_arn

_OPERATIONS = ("CreateStateMachine", "UpdateStateMachine")

_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_TRACES = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)


def check_role(permissions: Permissions, request: ApiRequest) -> None:
    """Refuse settings if the permissions of the state machine's role do not suffice."""
    if request.service != "stepfunctions" or request.operation not in _OPERATIONS:
        return
    for action, refusal in _needs(request.parameters):
        role_arn = request.parameters.get("roleArn") or _registered_role(request)
        if not permissions.authorize(session_arn(role_arn, "StepFunctions"), action, "*").allowed:
            raise ApiError("AccessDeniedException", refusal)


def _needs(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the actions that settings need, and the message if one is missing."""
    if (parameters.get("loggingConfiguration") or {}).get("level", "OFF") != "OFF":
        refusal = "The state machine IAM Role is not authorized to access the Log Destination"
        yield from ((action, refusal) for action in _LOG_DELIVERY)
    if (parameters.get("tracingConfiguration") or {}).get("enabled"):
        refusal = "The state machine IAM Role is not authorized to send traces to X-Ray"
        yield from ((action, refusal) for action in _TRACES)


def _registered_role(request: ApiRequest) -> str:
    arn = request.parameters["stateMachineArn"]
    return str(backend("stepfunctions", request.region).describe_state_machine(arn).roleArn)
