"""From an HTTP request to the API operation it calls, and from a result back to HTTP, in any protocol.

botocore's service models say everything; moto has the code that reads them from the server's side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from botocore.utils import parse_timestamp
from moto.core.errors import COMMON_ERROR_CODES
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import ResponseSerializer, SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from localcloud.kernel.api import ApiError, HttpRequest, HttpResponse

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_SCOPE_IN_QUERY = re.compile(r"([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

_SERVICES = {
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticloadbalancing": ("elbv2", "elb"),
    "email": ("sesv2", "ses"),
    "monitoring": ("cloudwatch",),
    "s3": ("s3", "s3control"),
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-metrics"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
"""botocore's names of the services that sign with a name of another kind; the others sign with their own."""


@dataclass(frozen=True)
class Signature:
    """The caller that a request names, and the service it was signed for. It is not verified."""

    access_key_id: str
    region: str
    signing_name: str


@dataclass(frozen=True)
class Operation:
    """An API operation that a request calls.

    Attributes:
        service: botocore's name of the service.
        protocol: The protocol of this request; a service may speak several.
    """

    service: str
    model: OperationModel
    protocol: str
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.model.name)


def signature_of(request: HttpRequest) -> Signature | None:
    """The signature in a request's header or, presigned, in its query; None for an unsigned request."""
    match = _SCOPE.search(request.headers.get("authorization", ""))
    if match is None and "X-Amz-Credential" in request.query:
        match = _SCOPE_IN_QUERY.match(parse_qs(request.query)["X-Amz-Credential"][0])
    if match is None and "AWSAccessKeyId=" in request.query:
        # The older form of presigned addresses, which only S3 knows and boto3 still uses.
        return Signature(parse_qs(request.query)["AWSAccessKeyId"][0], "us-east-1", "s3")
    return Signature(*match.groups()) if match else None


def services_signed_as(signing_name: str) -> tuple[str, ...]:
    """Return botocore's names of the services that sign with a name."""
    return _SERVICES.get(signing_name, (signing_name,))


def operation_of(signature: Signature | None, environ: dict[str, Any]) -> Operation | None:
    """Return the operation that a request calls; None if no model has it (moto may know it nevertheless)."""
    signing_name = signature.signing_name if signature else "s3"
    http = Request(environ)
    for service in services_signed_as(signing_name):
        try:
            model = get_service_model(service)
        except UnknownServiceError:
            continue
        try:
            protocol = determine_request_protocol(model, http.content_type)
            operation, path_parameters = get_service_router(service).match(http)
        except (NotFound, NotImplementedError):
            continue
        return Operation(
            service, operation, protocol, _parameters(http, operation, protocol, path_parameters)
        )
    return None


def render_result(operation: Operation, result: Mapping[str, Any], request_id: str) -> HttpResponse:
    """An operation's output in the protocol of the request."""
    return _render(operation.model, operation.protocol, dict(result), request_id, _status(operation, result))


def render_error(operation: Operation, error: ApiError, request_id: str) -> HttpResponse:
    """An error in the protocol of the request."""
    return _render(operation.model, operation.protocol, _Failure(error), request_id, error.status)


def render_plain_error(error: ApiError, request_id: str) -> HttpResponse:
    """Return an error for a request of an unknown service, in S3's form."""
    model = get_service_model("s3")
    return _render(
        OperationModel({}, model, "Unknown"), "rest-xml", _Failure(error), request_id, error.status
    )


def _status(operation: Operation, result: Mapping[str, Any]) -> int | None:
    """The status, where it is a member of the output (as of Lambda's Invoke)."""
    output = operation.model.output_shape
    for name, member in (output.members if output is not None else {}).items():
        if member.serialization.get("location") == "statusCode" and name in result:
            return int(result[name])
    return None


class _Failure(Exception):
    """An ApiError as moto's serializers want it: further members of the error's shape are attributes."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.code = error.code
        if error.code not in COMMON_ERROR_CODES:
            # Or moto warns of a code that a service's model does not have, as AccessDenied in most of them.
            COMMON_ERROR_CODES.append(error.code)
        self.message = error.message
        for name, value in error.members.items():
            setattr(self, name, value)


def _render(
    model: OperationModel, protocol: str, result: object, request_id: str, status: int | None
) -> HttpResponse:
    context = SerializationContext(request_id)
    serializer: ResponseSerializer = get_serializer_class(model.service_model.service_name, protocol)(
        model, context
    )
    rendered = serializer.serialize(result)
    # None for an output whose payload is not there.
    body = rendered["body"] or b""
    headers = {
        **rendered["headers"],
        "x-amzn-RequestId": request_id,
        "x-amz-request-id": request_id,
    }
    return HttpResponse(
        status if status is not None else rendered["status_code"],
        body.encode() if isinstance(body, str) else body,
        {name: str(value) for name, value in headers.items()},
    )


def _parameters(
    http: Request, operation: OperationModel, protocol: str, path_parameters: dict[str, Any]
) -> Mapping[str, Any]:
    parser = PROTOCOL_PARSERS[protocol](operation, timestamp_parser=_aware)
    parsed: dict[str, Any] = parser.parse(
        {
            "method": http.method,
            "values": http.values,
            "headers": http.headers,
            "body": http.get_data(),
            "url_path": http.path,
            "url_params": path_parameters,
        }
    )
    return parsed


def _aware(value: str) -> datetime:
    moment: datetime = parse_timestamp(value)
    return moment.astimezone(UTC)
