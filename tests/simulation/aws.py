"""Puts the simulated services together, and drives the function through them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

import pytest
from botocore.exceptions import ClientError

from localcloud.kernel.dialect import Dialect
from optimization_job import handler, receive, steps, wiring
from optimization_job.cloudformation.send import ResponseNotDeliveredError
from tests.simulation.events import SimulatedEvents
from tests.simulation.faults import Died, Faults, client_error
from tests.simulation.sagemaker import SimulatedSageMaker
from tests.simulation.state_machine import ExecutionFailedError, TaskFailedError, run

ACCOUNT = "111122223333"
REGION = "us-east-1"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/models/0a1b2c3d"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:models-provider"

#: Seconds that one run of the function may take.
FUNCTION_TIMEOUT = 180

#: Where CloudFormation takes answers.
ANSWERS = "https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com"

_LIBRARY = Path(__file__).parents[2] / "constructs" / "cdk_sagemaker_optimization"
_DEFINITION = _LIBRARY / "provider" / "state_machine.asl.json"


@dataclass
class Execution:
    name: str
    process: Generator[float, None, None]
    wakes_at: float
    stack_id: str = ""


@dataclass(frozen=True)
class Invocation:
    """One run of the function: for which resource, and when it ends at the latest."""

    stack_id: str
    logical_id: str
    request_id: str
    ends_at: float


V = TypeVar("V")


class Timeline(dict[str, V], Generic[V]):
    """A dictionary that knows what was in it before."""

    def __init__(self, present: dict[str, V], now: Callable[[], float]) -> None:
        super().__init__(present)
        self._now = now
        #: When each key came.
        self.since = dict.fromkeys(present, now())
        self._before = {key: [(float("-inf"), value)] for key, value in present.items()}

    def __setitem__(self, key: str, value: V) -> None:
        super().__setitem__(key, value)
        self.since.setdefault(key, self._now())
        self._before.setdefault(key, []).append((self._now(), value))

    def at(self, key: str, time: float) -> V | None:
        """What was in it at that time."""
        return next((value for since, value in reversed(self._before.get(key, [])) if since <= time), None)


@dataclass
class SimulatedAws:
    """One account, with the provider of one stack in it.

    Args:
        dialect: how it answers, where that is not known of the real one.
        call_time: seconds that each call takes. Other executions go on meanwhile.
    """

    dialect: Dialect = field(default_factory=Dialect)
    call_time: float = 0
    time: float = 1_700_000_000.0
    #: The status of each stack, by its id; those that are not in here do not exist.
    stack_statuses: dict[str, str | None] = field(default_factory=lambda: {STACK_ID: "CREATE_IN_PROGRESS"})
    #: When each stack's last update began, by the stack's id.
    stack_updates: dict[str, float] = field(default_factory=dict)
    #: What answers the ids of each stack's resources, by the stack's id.
    stack_resources: dict[str, Callable[[], dict[str, str | None]]] = field(default_factory=dict)
    #: The same, as of a time that may be some seconds ago.
    stack_resources_at: dict[str, Callable[[float], dict[str, dict[str, Any]]]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    #: True if Lambda has no room for an invocation by the state machine.
    throttles: Callable[[], bool] = lambda: False
    #: Every answer that was put, by the id of its request.
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: When each request was sent, and when its first answer was put, by the request's id.
    sent_at: dict[str, float] = field(default_factory=dict)
    answered_at: dict[str, float] = field(default_factory=dict)
    #: The requests whose answer was not taken, or not to the function's knowledge.
    not_delivered: set[str] = field(default_factory=set)
    #: The requests whose answer is never taken.
    never_taken: set[str] = field(default_factory=set)
    executions: dict[str, Execution] = field(default_factory=dict)
    failed_executions: list[str] = field(default_factory=list)
    #: The stacks that are gone, and the function's permissions with them.
    without_permissions: set[str] = field(default_factory=set)
    #: The tokens that states of pipelines wait for, the results that they got, and each heartbeat with its
    #: time.
    waiting: set[str] = field(default_factory=set)
    results: dict[str, dict[str, str]] = field(default_factory=dict)
    heartbeats: list[tuple[str, float]] = field(default_factory=list)
    #: The error for a token whose state is over.
    over: str = "TaskTimedOut"
    #: How often the function ran.
    invocations: int = 0

    def __post_init__(self) -> None:
        def now() -> float:
            return self.time

        self.stack_statuses = self._statuses = Timeline(self.stack_statuses, now)
        self.stack_updates = self._updates = Timeline(self.stack_updates, now)
        self.sagemaker = SimulatedSageMaker(ACCOUNT, REGION, now, self.faults, self.dialect, self._lag)
        self.sagemaker.caller = self._caller
        self.faults.made = self._authorize
        self.faults.under_way = self._take_time
        self.events = SimulatedEvents(self.faults)
        self.definition = json.loads(_DEFINITION.read_text())
        #: Of all executions that there ever were, in the order of their start.
        self.names_of_executions: list[str] = []
        self._counter = itertools.count(1)
        self._urls: dict[str, str] = {}
        #: The runs of the function that are under way, the innermost last.
        self._invocations: list[Invocation] = []
        self.chance = Random(0)

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
        monkeypatch.setattr(wiring, "client", clients.__getitem__)
        monkeypatch.setattr(receive, "put", self._put)
        monkeypatch.setattr(steps, "put", self._put)
        monkeypatch.setattr(receive, "sleep", self._sleep)
        monkeypatch.setattr(steps, "clock", lambda: datetime.fromtimestamp(self.time, UTC), raising=False)
        monkeypatch.setenv(
            "STATE_MACHINE_ARN", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:models-provider"
        )

    # What the function calls besides SageMaker.

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("DescribeStacks"):
            time = self.time - self._lag(self.dialect.stack_read_lag)
            status = self._statuses.at(StackName, time)
            if status is None:
                message = f"Stack with id {StackName} does not exist"
                raise client_error("DescribeStacks", "ValidationError", message)
            stack: dict[str, Any] = {"StackStatus": status}
            updated = self._updates.at(StackName, time)
            if updated is not None:
                stack["LastUpdatedTime"] = datetime.fromtimestamp(updated, UTC)
            return {"Stacks": [stack]}

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("DescribeStackResource"):
            time = self.time - self._lag(self.dialect.stack_read_lag)
            details: dict[str, dict[str, Any]] = {
                name: {"PhysicalResourceId": physical_id}
                for name, physical_id in self.stack_resources.get(StackName, dict)().items()
            }
            if StackName in self.stack_resources_at:
                details = self.stack_resources_at[StackName](time)
            if LogicalResourceId not in details:
                message = f"Resource {LogicalResourceId} does not exist for stack {StackName}"
                raise client_error("DescribeStackResource", "ValidationError", message)
            known = {key: value for key, value in details[LogicalResourceId].items() if value is not None}
            return {"StackResourceDetail": known}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("StartExecution"):
            if name in self.names_of_executions:
                raise client_error("StartExecution", "ExecutionAlreadyExists", name)
            self.names_of_executions.append(name)
            data = json.loads(input)
            process = run(self.definition, data, self._invoke, lambda: self.time)
            self.executions[name] = Execution(name, process, self.time, _stack_of(data))
        return {}

    # A state of a user's state machine, which waits for a token.

    def begin_state(self, token: str, properties: dict[str, Any], **more: Any) -> None:
        """A pipeline enters a state that runs a job."""
        self.waiting.add(token)
        self._allow(properties)
        run = {
            "token": token,
            "properties": json.dumps(properties),
            "stack_id": STACK_ID,
            "logical_resource_id": "Optimize",
            **more,
        }
        execution = {
            "FunctionName": FUNCTION_ARN,
            "Request": {},
            "Error": {},
            "Now": {"Step": "run", "State": {"Run": run}},
        }
        self.start_execution(stateMachineArn="", name=f"run of {token}", input=json.dumps(execution))

    def abort_state(self, token: str) -> None:
        """The state is over, whatever ended it."""
        self.waiting.discard(token)

    def send_task_heartbeat(self, *, taskToken: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("SendTaskHeartbeat"):
            self._check_token("SendTaskHeartbeat", taskToken)
            self.heartbeats.append((taskToken, self.time))
        return {}

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("SendTaskSuccess"):
            self._end_state("SendTaskSuccess", taskToken, json.loads(output))
        return {}

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> dict[str, Any]:  # noqa: N803
        assert len(error) <= 256
        assert len(cause) <= 32_768
        with self.faults.call("SendTaskFailure"):
            self._end_state("SendTaskFailure", taskToken, {"Error": error, "Cause": cause})
        return {}

    def _end_state(self, operation: str, token: str, result: dict[str, str]) -> None:
        self._check_token(operation, token)
        self.waiting.discard(token)
        self.results[token] = result

    def _check_token(self, operation: str, token: str) -> None:
        if token not in self.waiting:
            raise client_error(operation, self.over, f"Task Timed Out: {token}")

    def _put(self, url: str, body: bytes) -> None:
        answer = json.loads(body)
        assert len(body) <= 4096
        assert url == self._urls[answer["RequestId"]]
        try:
            with self.faults.call("PUT"):
                if answer["RequestId"] in self.never_taken:
                    raise client_error("PUT", "ServiceUnavailable", "", 503)
                self.answers.setdefault(answer["RequestId"], []).append(answer)
                self.answered_at.setdefault(answer["RequestId"], self.time)
        except ClientError as error:
            # Each of the three attempts that the function makes by itself.
            self.not_delivered.add(answer["RequestId"])
            raise ResponseNotDeliveredError(str(error)) from error

    def _sleep(self, seconds: float) -> None:
        self.settle(seconds)

    def _lag(self, longest: float) -> float:
        """How far behind a read is: nothing, the longest time, or something between, because replicas
        differ.
        """
        return self.chance.choice((0, longest, longest * self.chance.random())) if longest else 0

    def _caller(self) -> tuple[str, str, str]:
        if not self._invocations:
            return "", "", ""
        invocation = self._invocations[-1]
        return invocation.stack_id, invocation.logical_id, invocation.request_id

    def _authorize(self, operation: str) -> None:
        """A call that is permitted when it is made has its effect, whatever happens on its way."""
        stack_id, _, _ = self._caller()
        if self._invocations and operation != "PUT" and not self._is_permitted(stack_id):
            raise client_error(
                operation,
                "AccessDeniedException",
                f"not authorized to perform: {operation} because no identity-based policy allows it",
            )

    def _take_time(self, operation: str) -> None:
        """A call takes its time, in which other executions go on."""
        seconds = self.call_time
        if operation in ("CreateOptimizationJob", "CreateModel", "CreateModelPackage"):
            seconds += self.dialect.create_time
        if seconds:
            self.settle(seconds)
        if self._invocations and self.time >= self._invocations[-1].ends_at:
            raise Died

    def _is_permitted(self, stack_id: str) -> bool:
        since = self._statuses.since.get(stack_id, float("-inf"))
        is_new = self.time < since + self.dialect.permissions_come_after
        return not is_new and stack_id not in self.without_permissions

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
            "ResourceProperties": self._as_sent(properties),
            **more,
        }
        self.sent_at[request_id] = self.time
        self._allow(properties)
        if "OldResourceProperties" in request:
            request["OldResourceProperties"] = self._as_sent(request["OldResourceProperties"])
            # The policy of an update that was cancelled before its request is there until all is taken back.
            self._allow(request["OldResourceProperties"])
        return request

    def _as_sent(self, properties: dict[str, Any]) -> dict[str, Any]:
        sent: dict[str, Any] = stringified(properties)
        if not self.dialect.service_timeout_is_sent:
            sent.pop("ServiceTimeout", None)
        return sent

    def _allow(self, properties: dict[str, Any]) -> None:
        """The policy of a job that is deployed, with the job's name as its properties write it."""
        if "NamePrefix" in properties:
            self.sagemaker.allowed_names.add(properties["NamePrefix"].partition("--")[0] + "--*")
        if "OptimizationJobName" in properties:
            self.sagemaker.allowed_names.add(properties["OptimizationJobName"])

    def _url(self, request_id: str) -> str:
        date = datetime.fromtimestamp(self.time, UTC).strftime("%Y%m%dT%H%M%SZ")
        query = {
            "X-Amz-Date": f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-Signature=secret",
            "Expires": f"AWSAccessKeyId=AKIAEXAMPLE&Expires={int(self.time) + 7200}&Signature=secret",
            "neither": "Signature=secret",
        }[self.dialect.response_url]
        self._urls[request_id] = f"{ANSWERS}/{request_id}?{query}"
        return self._urls[request_id]

    def answer_at(self, request: dict[str, Any], url: str) -> None:
        """The request names another address to answer at."""
        request["ResponseURL"] = self._urls[request["RequestId"]] = url

    def send(self, request: dict[str, Any]) -> None:
        """Invokes the function once with a request, as it is. A process that dies is invoked again, as Lambda
        does.
        """
        if request.get("StackId") in self.without_permissions:
            # The function is gone as well.
            return
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
            pause = next(execution.process)
            # Only now: the step may have taken time.
            execution.wakes_at = self.time + pause
        except StopIteration:
            del self.executions[execution.name]
        except ExecutionFailedError:
            del self.executions[execution.name]
            if execution.stack_id not in self.without_permissions:
                self.failed_executions.append(execution.name)
        return True

    def settle(self, seconds: float) -> None:
        """Lets this much time pass, with everything that happens in it."""
        deadline = self.time + seconds
        while self.step(deadline):
            pass

    def _invoke(self, function_name: str, payload: dict[str, Any]) -> Any:
        assert function_name == FUNCTION_ARN
        if self.throttles():
            raise TaskFailedError("Lambda.TooManyRequestsException", "Rate Exceeded.")
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
        request = event.get("Request") or event
        tracker = event.get("Tracker") or {}
        invocation = Invocation(
            request.get("StackId") or tracker.get("stack_id", ""),
            request.get("LogicalResourceId") or tracker.get("logical_resource_id", ""),
            request.get("RequestId", ""),
            self.time + FUNCTION_TIMEOUT,
        )
        self._invocations.append(invocation)
        try:
            context = _Context(lambda: invocation.ends_at - self.time)
            return json.loads(json.dumps(handler.handler(json.loads(json.dumps(event)), context)))
        finally:
            self._invocations.pop()


def _stack_of(execution: dict[str, Any]) -> str:
    if execution["Request"]:
        return str(execution["Request"].get("StackId", ""))
    (followed,) = execution["Now"]["State"].values()
    return str(followed.get("stack_id", ""))


@dataclass(frozen=True)
class _Context:
    remaining: Callable[[], float]
    invoked_function_arn: str = FUNCTION_ARN

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining() * 1000)


def stringified(value: Any) -> Any:
    """Property values as CloudFormation hands them to a custom resource."""
    if isinstance(value, dict):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
