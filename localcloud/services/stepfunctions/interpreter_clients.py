"""Seam into moto (5.2): what a state machine's tasks call, they call here, as the state machine's role.

The interpreter's own clients have made-up keys and look for AWS at moto's usual port.
"""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from localcloud.kernel.api import ApiError, Principal, ResponseLost
from localcloud.kernel.clients import Clients
from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.principals import Principals
from localcloud.kernel.server import Server
from localcloud.services.stepfunctions.interpreter_time import interpreter_modules

_SESSION = "StepFunctions"


@dataclass(frozen=True)
class TaskCalls:
    """The access of a task to the services, as the role of its state machine."""

    account: str
    permissions: Permissions
    clients: Clients
    server: Server
    principals: Principals


class _Current:
    calls: TaskCalls | None = None


def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    calls = _Current.calls
    assert calls is not None
    role_arn = state_credentials.role_arn
    source = _state_machine_of(role_arn, region, calls.account)
    trust = calls.permissions.may_assume(role_arn, "states.amazonaws.com", calls.account, source)
    if not trust.allowed:
        raise PermissionError(
            f"States is not authorized to assume the provided role {role_arn}: {trust.reason}"
        )
    if service == "lambda":
        return _Lambda(calls.server, calls.principals.session(role_arn, _SESSION))
    client = calls.clients.client(service, role_arn=role_arn, session_name=_SESSION, region=region)
    return _StepFunctions(client) if service == "stepfunctions" else client


def _state_machine_of(role_arn: str, region: str, account: str) -> str:
    """The ARN of the state machine with a role; the interpreter does not say which one it executes."""
    machines = backend("stepfunctions", region).state_machines
    deleted = f"arn:aws:states:{region}:{account}:stateMachine:deleted"
    return next((str(machine.arn) for machine in machines if machine.roleArn == role_arn), deleted)


class _StepFunctions:
    """Step Functions' own client, whose members begin in lower case, for tasks, whose members do not."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def start_execution(self, **parameters: Any) -> dict[str, Any]:
        call = {f"{name[0].lower()}{name[1:]}": value for name, value in parameters.items()}
        response = self._client.start_execution(**call)
        return {"ExecutionArn": response["executionArn"], "StartDate": response["startDate"].timestamp()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class _Lambda:
    """Lambda's Invoke without HTTP, in a boto3 client's shape: what state machines call all the time."""

    def __init__(self, server: Server, principal: Principal) -> None:
        self._server = server
        self._principal = principal

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        payload = parameters.get("Payload", b"{}")
        call = parameters | {"Payload": payload.encode() if isinstance(payload, str) else payload}
        try:
            response = dict(self._server.call("lambda", "Invoke", call, self._principal))
        except ApiError as error:
            raise ClientError(_described(error), "Invoke") from error
        except ResponseLost as lost:
            raise ClientError(
                _described(ApiError("ServiceException", "the connection was closed", 500)), "Invoke"
            ) from lost
        metadata = {"HTTPStatusCode": response["StatusCode"], "RequestId": str(uuid.uuid4())}
        return response | {"Payload": io.BytesIO(response.get("Payload", b"")), "ResponseMetadata": metadata}


def _described(error: ApiError) -> Any:
    return {
        "Error": {"Code": error.code, "Message": error.message},
        "ResponseMetadata": {"HTTPStatusCode": error.status, "RequestId": str(uuid.uuid4())},
    }


def let_tasks_call(calls: TaskCalls) -> None:
    """From now on, tasks call the services this way."""
    _Current.calls = calls
    for module in interpreter_modules():
        if getattr(module, "boto_client_for", None) is boto_client_for:
            vars(module)["boto_client_for"] = _client_for
