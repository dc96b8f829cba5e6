"""Puts the simulated services together, and drives the function through them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from optimization_job import entry, handler, steps, surroundings
from optimization_job.put import AnswerNotDeliveredError
from tests.simulation.events import SimulatedEvents
from tests.simulation.faults import Died, Faults, client_error
from tests.simulation.sagemaker import SimulatedSageMaker
from tests.simulation.state_machine import ExecutionFailedError, TaskFailedError, run

ACCOUNT = "111122223333"
REGION = "us-east-1"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/models/0a1b2c3d"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:models-provider"

_LIBRARY = Path(__file__).parents[2] / "constructs" / "cdk_sagemaker_optimization"
_DEFINITION = _LIBRARY / "provider" / "state_machine.asl.json"


@dataclass
class Execution:
    name: str
    process: Generator[float, None, None]
    wakes_at: float


@dataclass
class SimulatedAws:
    """One account, with the provider of one stack in it."""

    time: float = 1_700_000_000.0
    #: The status of each stack, by its id; those that are not in here do not exist.
    stack_statuses: dict[str, str | None] = field(default_factory=lambda: {STACK_ID: "CREATE_IN_PROGRESS"})
    #: When each stack's last update began, by the stack's id.
    stack_updates: dict[str, float] = field(default_factory=dict)
    #: What answers the ids of each stack's resources, by the stack's id.
    stack_resources: dict[str, Callable[[], dict[str, str | None]]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    #: Every answer that was put, by the id of its request.
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: The requests whose answer was not taken, or not to the function's knowledge.
    not_delivered: set[str] = field(default_factory=set)
    executions: dict[str, Execution] = field(default_factory=dict)
    failed_executions: list[str] = field(default_factory=list)
    #: How often the function ran.
    invocations: int = 0

    def __post_init__(self) -> None:
        self.sagemaker = SimulatedSageMaker(ACCOUNT, REGION, lambda: self.time, self.faults)
        self.events = SimulatedEvents(self.faults)
        self.definition = json.loads(_DEFINITION.read_text())
        #: Of all executions that there ever were, in the order of their start.
        self.names_of_executions: list[str] = []
        self._counter = itertools.count(1)
        self._urls: dict[str, str] = {}

    @property
    def stack_status(self) -> str | None:
        """The status of the stack that requests are from if they say no other."""
        return self.stack_statuses.get(STACK_ID)

    @stack_status.setter
    def stack_status(self, status: str | None) -> None:
        self.stack_statuses[STACK_ID] = status

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes the function meet this account instead of AWS."""
        clients = {
            "sagemaker": self.sagemaker,
            "cloudformation": self,
            "stepfunctions": self,
            "events": self.events,
        }
        monkeypatch.setattr(surroundings, "client", clients.__getitem__)
        monkeypatch.setattr(entry, "put", self._put)
        monkeypatch.setattr(steps, "put", self._put)
        monkeypatch.setattr(entry, "sleep", self._sleep)
        monkeypatch.setenv(
            "STATE_MACHINE_ARN", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:models-provider"
        )

    # What the function calls besides SageMaker.

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("DescribeStacks"):
            status = self.stack_statuses.get(StackName)
            if status is None:
                message = f"Stack with id {StackName} does not exist"
                raise client_error("DescribeStacks", "ValidationError", message)
            stack: dict[str, Any] = {"StackStatus": status}
            if StackName in self.stack_updates:
                stack["LastUpdatedTime"] = datetime.fromtimestamp(self.stack_updates[StackName], UTC)
            return {"Stacks": [stack]}

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("DescribeStackResource"):
            resources = self.stack_resources.get(StackName, dict)()
            if LogicalResourceId not in resources:
                message = f"Resource {LogicalResourceId} does not exist for stack {StackName}"
                raise client_error("DescribeStackResource", "ValidationError", message)
            return {"StackResourceDetail": {"PhysicalResourceId": resources[LogicalResourceId]}}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("StartExecution"):
            if name in self.names_of_executions:
                raise client_error("StartExecution", "ExecutionAlreadyExists", name)
            self.names_of_executions.append(name)
            data = json.loads(input)
            process = run(self.definition, data, self._invoke, lambda: self.time)
            self.executions[name] = Execution(name, process, self.time)
        return {}

    def _put(self, url: str, body: bytes) -> None:
        answer = json.loads(body)
        assert len(body) <= 4096
        assert url == self._urls[answer["RequestId"]]
        try:
            with self.faults.call("PUT"):
                self.answers.setdefault(answer["RequestId"], []).append(answer)
        except ClientError as error:
            # Each of the three attempts that the function makes by itself.
            self.not_delivered.add(answer["RequestId"])
            raise AnswerNotDeliveredError(str(error)) from error

    def _sleep(self, seconds: float) -> None:
        self.time += seconds

    # What CloudFormation does.

    def request(
        self, request_type: str, resource_type: str, properties: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        """A request as CloudFormation writes it; numbers and booleans in it become strings."""
        request_id = f"request-{next(self._counter)}"
        request = {
            "RequestType": request_type,
            "RequestId": request_id,
            "ResponseURL": self._url(request_id),
            "StackId": STACK_ID,
            "ResourceType": resource_type,
            "LogicalResourceId": "Llama3",
            "ResourceProperties": stringified(properties),
            **more,
        }
        if "OldResourceProperties" in request:
            request["OldResourceProperties"] = stringified(request["OldResourceProperties"])
        return request

    def _url(self, request_id: str) -> str:
        date = datetime.fromtimestamp(self.time, UTC).strftime("%Y%m%dT%H%M%SZ")
        self._urls[request_id] = (
            f"https://answers.example/{request_id}?X-Amz-Date={date}&X-Amz-Signature=secret"
        )
        return self._urls[request_id]

    def answer_at(self, request: dict[str, Any], url: str) -> None:
        """The request names another address to answer at."""
        request["ResponseURL"] = self._urls[request["RequestId"]] = url

    def send(self, request: dict[str, Any]) -> None:
        """Invokes the function once with a request, as it is. A process that dies is invoked again, as Lambda
        does.
        """
        for _ in range(3):
            try:
                self._run(request)
            except (Died, Exception) as error:
                if isinstance(error, AssertionError):
                    raise
                continue
            return

    def send_later(self, request: dict[str, Any], seconds: float) -> None:
        """The request stays in Lambda's queue for a while."""
        name = f"delivery-{next(self._counter)}"
        self.executions[name] = Execution(name, self._delivery(request), self.time + seconds)

    def _delivery(self, request: dict[str, Any]) -> Generator[float, None, None]:
        self.send(request)
        yield from ()

    def carry_out(self, request: dict[str, Any], *, within: float = 3600) -> dict[str, Any]:
        """Sends a request and lets time pass until it is answered: what CloudFormation gets, if it comes in
        time.
        """
        self.send(request)
        return self.wait_for_answer(request, within=within)

    def wait_for_answer(self, request: dict[str, Any], *, within: float = 3600) -> dict[str, Any]:
        """Lets time pass until a request that was sent is answered."""
        deadline = self.time + within
        while request["RequestId"] not in self.answers:
            assert self.step(deadline), f"{request['RequestType']} was not answered within {within} s"
        (answer,) = self.answers[request["RequestId"]]
        return answer

    def step(self, deadline: float) -> bool:
        """Lets the next execution that wakes up to the deadline go on until it waits; False if none does."""
        due = [execution for execution in self.executions.values() if execution.wakes_at <= deadline]
        if not due:
            self.time = max(self.time, deadline)
            return False
        execution = min(due, key=lambda each: each.wakes_at)
        self.time = max(self.time, execution.wakes_at)
        # It may be that something else happens in the middle of this one, and asks for steps of its own.
        execution.wakes_at = float("inf")
        try:
            execution.wakes_at = self.time + next(execution.process)
        except StopIteration:
            del self.executions[execution.name]
        except ExecutionFailedError:
            del self.executions[execution.name]
            self.failed_executions.append(execution.name)
        return True

    def settle(self, seconds: float) -> None:
        """Lets this much time pass, with everything that happens in it."""
        deadline = self.time + seconds
        while self.step(deadline):
            pass

    def _invoke(self, function_name: str, payload: dict[str, Any]) -> Any:
        assert function_name == FUNCTION_ARN
        try:
            return self._run(payload)
        except Died:
            raise TaskFailedError("Runtime.ExitError", "the process ended") from None
        except AssertionError:
            raise
        except Exception as error:
            raise TaskFailedError(type(error).__name__, str(error)) from error

    def _run(self, event: dict[str, Any]) -> Any:
        self.invocations += 1
        return json.loads(json.dumps(handler.handler(json.loads(json.dumps(event)), _Context)))


class _Context:
    invoked_function_arn = FUNCTION_ARN


def stringified(value: Any) -> Any:
    """Property values as CloudFormation hands them to a custom resource."""
    if isinstance(value, dict):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
