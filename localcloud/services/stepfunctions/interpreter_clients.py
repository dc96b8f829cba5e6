"""Seam into moto (5.2): what a state machine's tasks call, they call here, as the state machine's role.

The interpreter's own clients have made-up keys and look for AWS at moto's usual port.
"""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from localcloud.kernel.api import AnswerLost, ApiError
from localcloud.services.stepfunctions.interpreter_time import interpreter_modules

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


_SESSION = "StepFunctions"


class _Current:
    cloud: LocalCloud | None = None


def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    cloud = _Current.cloud
    assert cloud is not None
    role_arn = state_credentials.role_arn
    trust = cloud.authorization.may_assume(role_arn, "states.amazonaws.com", cloud.account)
    if not trust.allowed:
        raise PermissionError(
            f"States is not authorized to assume the provided role {role_arn}: {trust.reason}"
        )
    if service == "lambda":
        return _Lambda(cloud, role_arn)
    return cloud.client(service, role_arn=role_arn, session_name=_SESSION, region=region)


class _Lambda:
    """Lambda's Invoke without HTTP, in a boto3 client's shape: what state machines call all the time."""

    def __init__(self, cloud: LocalCloud, role_arn: str) -> None:
        self._cloud = cloud
        self._principal = cloud.principals.session(role_arn, _SESSION)

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        payload = parameters.get("Payload", b"{}")
        call = parameters | {"Payload": payload.encode() if isinstance(payload, str) else payload}
        try:
            answer = dict(self._cloud.server.call("lambda", "Invoke", call, self._principal))
        except ApiError as error:
            raise ClientError(_described(error), "Invoke") from error
        except AnswerLost as lost:
            raise ClientError(
                _described(ApiError("ServiceException", "the connection was closed", 500)), "Invoke"
            ) from lost
        metadata = {"HTTPStatusCode": answer["StatusCode"], "RequestId": str(uuid.uuid4())}
        return answer | {"Payload": io.BytesIO(answer.get("Payload", b"")), "ResponseMetadata": metadata}


def _described(error: ApiError) -> Any:
    return {
        "Error": {"Code": error.code, "Message": error.message},
        "ResponseMetadata": {"HTTPStatusCode": error.status, "RequestId": str(uuid.uuid4())},
    }


def let_tasks_call(cloud: LocalCloud) -> None:
    """From now on, tasks call `cloud`."""
    _Current.cloud = cloud
    for module in interpreter_modules():
        if getattr(module, "boto_client_for", None) is boto_client_for:
            vars(module)["boto_client_for"] = _client_for
