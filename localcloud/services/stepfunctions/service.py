"""Operations that moto does not carry out as AWS does."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.services.stepfunctions.state_machines import StateMachines, registered

_SHOWN = {
    "stateMachineArn": "arn",
    "name": "name",
    "definition": "definition",
    "roleArn": "roleArn",
    "type": "type",
    "creationDate": "creation_date",
    "loggingConfiguration": "loggingConfiguration",
    "tracingConfiguration": "tracingConfiguration",
    "encryptionConfiguration": "encryptionConfiguration",
    "description": "description",
}
"""The members of the description of a state machine, and their names in moto's model."""


class StateMachineService:
    """Executions without a name, stopping with a reason, task tokens, and deleting what still runs."""

    service = "stepfunctions"

    def __init__(self, state_machines: StateMachines) -> None:
        self._state_machines = state_machines
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "DeleteStateMachine": self._delete,
            "DescribeStateMachine": self._describe,
            "StartExecution": self._start,
            "SendTaskFailure": self._call_task,
            "SendTaskHeartbeat": self._call_task,
            "SendTaskSuccess": self._call_task,
            "StopExecution": self._stop,
        }
        self.operations: frozenset[str] | None = frozenset(self._handlers)

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        return self._handlers[request.operation](request)

    def _start(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        name = parameters.get("name") or str(uuid.uuid4())
        document = parameters.get("input") or "{}"
        started = self._state_machines.start_execution(
            parameters["stateMachineArn"], name, document, caller_role=request.principal.role_arn
        )
        return {"executionArn": started.execution_arn, "startDate": started.start_date}

    def _stop(self, request: ApiRequest) -> Mapping[str, Any]:
        arn, *why = (request.parameters.get(name) for name in ("executionArn", "error", "cause"))
        return {"stopDate": self._state_machines.stop_execution(str(arn), *why)}

    def _call_task(self, request: ApiRequest) -> Mapping[str, Any]:
        self._state_machines.call_task(request.operation, request.parameters)
        return {}

    def _delete(self, request: ApiRequest) -> Mapping[str, Any]:
        self._state_machines.delete(request.parameters["stateMachineArn"])
        return {}

    def _describe(self, request: ApiRequest) -> Mapping[str, Any]:
        arn = request.parameters["stateMachineArn"]
        deleting = self._state_machines.deleting(arn)
        machine = deleting or registered(arn, request.region)
        described = {name: getattr(machine, attribute) for name, attribute in _SHOWN.items()}
        described["status"] = "ACTIVE" if deleting is None else "DELETING"
        return {name: value for name, value in described.items() if value is not None}
