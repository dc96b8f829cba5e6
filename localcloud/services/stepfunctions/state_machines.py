"""Step Functions, as the rest of the local cloud and tests use it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.clients import Clients
from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.principals import Principals
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.stepfunctions.deletion import Deletions
from localcloud.services.stepfunctions.encryption import check_key, log_start
from localcloud.services.stepfunctions.execution_names import check_execution_name, forget_old_executions
from localcloud.services.stepfunctions.execution_role import check_role
from localcloud.services.stepfunctions.interpreter_clients import TaskCalls, let_tasks_call
from localcloud.services.stepfunctions.interpreter_copying import copy_as_json
from localcloud.services.stepfunctions.interpreter_parsing import parse_once
from localcloud.services.stepfunctions.interpreter_time import run_interpreter_on
from localcloud.services.stepfunctions.registry import execute_all_state_machines
from localcloud.services.stepfunctions.task_tokens import (
    check_token,
    forget_tasks,
    task_is_over,
    watch_tasks,
)


@dataclass(frozen=True)
class Execution:
    """An execution as it is now.

    Attributes:
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        output: Parsed from JSON; None unless it succeeded.
    """

    arn: str
    name: str
    state_machine_arn: str
    status: str
    input: Any
    output: Any
    error: str | None
    cause: str | None
    started: datetime
    stopped: datetime | None


class StateMachines:
    """State machines, executed by moto's interpreter on our clock, each as its role.

    Args:
        log: Writes lines to a new stream of a log group: the group, the stream, the lines.
    """

    def __init__(
        self,
        site: Site,
        server: Server,
        permissions: Permissions,
        principals: Principals,
        clients: Clients,
        log: Callable[[str, str, list[str]], None],
    ) -> None:
        self._site = site
        self._permissions = permissions
        self._log = log
        self._calls = TaskCalls(site.account, permissions, clients, server, principals)
        self._deletions = Deletions(site.clock)
        execute_all_state_machines()
        parse_once()
        copy_as_json()
        watch_tasks()
        self._take_the_interpreter()
        server.observe(before=self._before_call)

    def start(self, state_machine_arn: str, input: Any = None, *, name: str | None = None) -> str:
        """Start an execution and return its ARN.

        The same name with the same input, while it runs, is the same execution.
        """
        document = input if isinstance(input, str) else json.dumps({} if input is None else input)
        return str(self.start_execution(state_machine_arn, name or str(uuid.uuid4()), document).execution_arn)

    def executions(self, state_machine_arn: str | None = None) -> list[Execution]:
        """The executions of a state machine, or of all, also of deleted ones, in the order of their start."""
        known = [*self._deletions.machines, *list(self._backend.state_machines)]
        machines = [machine for machine in known if state_machine_arn in (None, machine.arn)]
        found = [_snapshot(execution) for machine in machines for execution in list(machine.executions)]
        return sorted(found, key=lambda execution: execution.started)

    def execution(self, execution_arn: str) -> Execution:
        """Raises ApiError if there is none."""
        return _snapshot(self._find(execution_arn))

    def history(self, execution_arn: str) -> list[Mapping[str, Any]]:
        """Return the events of an execution, as GetExecutionHistory shows them."""
        return [_with_moment(event) for event in self._find(execution_arn).to_history_output()["events"]]

    def start_execution(
        self, state_machine_arn: str, name: str, document: str, *, caller_role: str | None = None
    ) -> Any:
        """Start an execution, or return the running one with this name and input.

        Args:
            caller_role: The role that starts it; None for the account's administrator.
        """
        check_execution_name(name)
        self._deletions.check(state_machine_arn)
        try:
            machine = self._backend.describe_state_machine(state_machine_arn)
            check_key(self._permissions, machine, caller_role)
            forget_old_executions(machine, self._site.clock.now())
            known = len(machine.executions)
            execution = self._backend.start_execution(state_machine_arn, name, document)
        except ApiError:
            raise
        except Exception as error:
            raise _as_api_error(error) from error
        if len(machine.executions) > known:
            log_start(self._permissions, self._log, machine, execution.execution_arn)
        return execution

    def stop_execution(self, execution_arn: str, error: str | None, cause: str | None) -> datetime:
        """End an execution at once, if it is not over yet, and return the time of its end."""
        execution = self._find(execution_arn)
        if execution.stop_date is None:
            now = self._site.clock.now()
            execution.stop(stop_date=now, error=error, cause=cause)
            execution.exec_status, execution.stop_date = type(execution.exec_status)("ABORTED"), now
            execution.error, execution.cause = error, cause
        stopped: datetime = execution.stop_date
        return stopped

    def call_task(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Carry SendTaskHeartbeat, SendTaskSuccess or SendTaskFailure out.

        Raises ApiError if no task waits for the token.
        """
        token, backend = parameters["taskToken"], self._backend
        check_token(token)
        try:
            match operation:
                case "SendTaskHeartbeat":
                    backend.send_task_heartbeat(token)
                case "SendTaskSuccess":
                    backend.send_task_success(token, parameters["output"])
                case _:
                    backend.send_task_failure(token, parameters.get("error"), parameters.get("cause"))
        except Exception as error:
            # moto says InvalidToken of a token whose execution is over.
            raise task_is_over() from error

    def delete(self, state_machine_arn: str) -> None:
        """Delete a state machine, if it is there, and end its executions at their next transitions."""
        backend = self._backend
        machine = next((each for each in backend.state_machines if each.arn == state_machine_arn), None)
        if machine is not None:
            backend.delete_state_machine(state_machine_arn)
            self._deletions.add(machine)

    def deleting(self, state_machine_arn: str) -> Any | None:
        """Return moto's model of a deleted state machine that still has a running execution; None if none."""
        return self._deletions.deleting(state_machine_arn)

    def reset(self) -> None:
        """Executions end with the clock's reset, which their threads belong to."""
        self._deletions.clear()
        forget_tasks()
        self._take_the_interpreter()

    def _before_call(self, request: ApiRequest) -> None:
        check_role(self._permissions, request)
        # The name of a state machine is free again only when its last execution has ended.
        if (request.service, request.operation) == ("stepfunctions", "CreateStateMachine"):
            place = f"arn:aws:states:{request.region}:{request.account}"
            self._deletions.check(f"{place}:stateMachine:{request.parameters['name']}")

    def _take_the_interpreter(self) -> None:
        """The interpreter is the process's: it works for the cloud that was made or reset last."""
        run_interpreter_on(self._site.clock)
        let_tasks_call(self._calls)
        self._deletions.apply()

    @property
    def _backend(self) -> Any:
        return backend("stepfunctions", self._site.region)

    def _find(self, execution_arn: str) -> Any:
        for machine in self._deletions.machines:
            for execution in list(machine.executions):
                if execution.execution_arn == execution_arn:
                    return execution
        try:
            return self._backend.describe_execution(execution_arn)
        except Exception as error:
            raise _as_api_error(error) from error


def registered(arn: str, region: str) -> Any:
    """Return moto's model of a state machine. Raises ApiError if there is none."""
    try:
        return backend("stepfunctions", region).describe_state_machine(arn)
    except Exception as error:
        raise _as_api_error(error) from error


def _with_moment(event: Mapping[str, Any]) -> Mapping[str, Any]:
    moment = event["timestamp"]
    return {**event, "timestamp": datetime.fromisoformat(moment) if isinstance(moment, str) else moment}


def _snapshot(execution: Any) -> Execution:
    return Execution(
        arn=execution.execution_arn,
        name=execution.name,
        state_machine_arn=execution.state_machine_arn,
        status=execution.status,
        input=execution.input_data,
        output=execution.output,
        error=execution.error,
        cause=execution.cause,
        started=execution.start_date,
        stopped=execution.stop_date,
    )


def _as_api_error(error: Exception) -> ApiError:
    """Return an exception of moto's, which has AWS's code and message, as ours."""
    code = getattr(error, "error_type", None) or getattr(error, "code", None) or type(error).__name__
    return ApiError(str(code), str(getattr(error, "message", error)))
