"""Operations that moto does not carry out as AWS does."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.services.stepfunctions.state_machines import StateMachines, registered


class StateMachineService:
    """Executions without a name, stopping with a reason, task tokens, and deleting what still runs."""

    service = "stepfunctions"

    def __init__(self, state_machines: StateMachines) -> None:
        self._state_machines = state_machines
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "DeleteStateMachine": self._delete,
            "DescribeStateMachine": self._describe,
            "StartExecution": self._start,
            "SendTaskFailure": self._fail_task,
            "SendTaskHeartbeat": self._keep_task,
            "SendTaskSuccess": self._end_task,
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
        parameters = request.parameters
        stopped = self._state_machines.stop_execution(
            parameters["executionArn"], parameters.get("error"), parameters.get("cause")
        )
        return {"stopDate": stopped}

    def _keep_task(self, request: ApiRequest) -> Mapping[str, Any]:
        self._state_machines.heartbeat(request.parameters["taskToken"])
        return {}

    def _end_task(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        self._state_machines.end_task(parameters["taskToken"], parameters["output"])
        return {}

    def _fail_task(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        self._state_machines.fail_task(
            parameters["taskToken"], parameters.get("error"), parameters.get("cause")
        )
        return {}

    def _delete(self, request: ApiRequest) -> Mapping[str, Any]:
        self._state_machines.delete(request.parameters["stateMachineArn"])
        return {}

    def _describe(self, request: ApiRequest) -> Mapping[str, Any]:
        arn = request.parameters["stateMachineArn"]
        machine = self._state_machines.deleting(arn)
        status = "ACTIVE" if machine is None else "DELETING"
        machine = machine or registered(arn, request.region)
        described: dict[str, Any] = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "status": status,
            "definition": machine.definition,
            "roleArn": machine.roleArn,
            "type": machine.type,
            "creationDate": machine.creation_date,
            "loggingConfiguration": machine.loggingConfiguration,
            "tracingConfiguration": machine.tracingConfiguration,
            "encryptionConfiguration": machine.encryptionConfiguration,
            "description": machine.description,
        }
        return {name: value for name, value in described.items() if value is not None}
