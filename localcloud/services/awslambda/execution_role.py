"""The checks of a function's role before Lambda accepts the function's configuration.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (network interfaces),
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html (traces),
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (dead-letter queues)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.permissions import Decision, Permissions, session_arn
from localcloud.services.awslambda.configuration import Configuration, registered

_OPERATIONS = ("CreateFunction", "UpdateFunctionConfiguration")

_SERVICE_NAMES = {"ec2": "EC2", "sns": "SNS", "sqs": "SQS", "xray": "XRAY"}

_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_DEAD_LETTERS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}


@dataclass(frozen=True)
class ExecutionRoles:
    """The roles of functions, as Lambda checks them."""

    permissions: Permissions

    def before_call(self, request: ApiRequest) -> None:
        """Refuse a configuration if the permissions of the function's role do not suffice."""
        if request.service != "lambda" or request.operation not in _OPERATIONS:
            return
        role_arn = (
            request.parameters.get("Role")
            or registered(request.parameters["FunctionName"], request.region).role
        )
        for action, resource in _needs(request.parameters):
            self._check(str(role_arn), action, resource)

    def _check(self, role_arn: str, action: str, resource: str) -> None:
        if not self._decide(role_arn, action, resource).allowed:
            service, _, operation = action.partition(":")
            raise ApiError(
                "InvalidParameterValueException",
                "The provided execution role does not have permissions to call "
                f"{operation} on {_SERVICE_NAMES[service]}",
            )

    def check_environment_key(self, configured: Configuration) -> None:
        """Raise ApiError if Lambda cannot decrypt a function's variables, which a process needs to start."""
        key = configured.environment_key
        if not key or not configured.variables:
            return
        decision = self._decide(configured.role_arn, "kms:Decrypt", key)
        if not decision.allowed:
            raise ApiError(
                "KMSAccessDeniedException",
                "Lambda was unable to decrypt the environment variables because KMS access was denied. "
                "Please check the function's KMS key settings. KMS Exception: AccessDeniedException "
                f"KMS Message: {decision.reason}",
                502,
            )

    def _decide(self, role_arn: str, action: str, resource: str) -> Decision:
        return self.permissions.authorize(session_arn(role_arn, "awslambda"), action, resource)


def _needs(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions that a configuration needs, and on what."""
    if (parameters.get("VpcConfig") or {}).get("SubnetIds"):
        yield from ((action, "*") for action in _INTERFACES)
    if (parameters.get("TracingConfig") or {}).get("Mode") == "Active":
        yield from ((action, "*") for action in _TRACES)
    target = (parameters.get("DeadLetterConfig") or {}).get("TargetArn")
    if target:
        yield _DEAD_LETTERS[target.split(":")[2]], target
