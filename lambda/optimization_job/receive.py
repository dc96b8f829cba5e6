"""Receives a request of CloudFormation: responds if it is settled already, and starts an execution otherwise.

Here nothing is changed. Whatever has an effect happens in the execution, of which there is one for each
request, so that a request that comes twice, or comes late, has it once.

Every request has its response or its execution before the function's time is up, whatever goes wrong.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from time import sleep
from typing import Any

from .advance import failed
from .cloudformation.properties import JobProperties
from .cloudformation.request import MalformedRequestError, Request
from .cloudformation.response import Response
from .cloudformation.send import ResponseNotDeliveredError, put
from .contract import COMPLETION_TYPE
from .deciding import Respond, overtaken_by, removed
from .deciding.evidence import Clock, DoubtError, Evidence
from .deciding.memory import Memory
from .deciding.physical_id import job_to_delete
from .errors import API_ERRORS, CallError, ErrorKind
from .executions import start_execution
from .log import log
from .service_model import InvalidValueError
from .wiring import advancer_of, queries_of, state_machine_arn, state_machines

#: A new role may take two minutes until it may start an execution.
_SECONDS_BETWEEN = 10

#: Milliseconds that are kept for the response (three attempts of ten seconds), and those that a call of Step
#: Functions may take (two attempts of ten seconds).
_FOR_THE_RESPONSE = 33_000
_FOR_AN_ATTEMPT = 22_000

RemainingTime = Callable[[], int]


def receive(event: dict[str, Any], function_arn: str, remaining_time: RemainingTime) -> None:
    """Makes sure that a request gets a response.

    Args:
        event: the request.
        function_arn: the function's own ARN.
        remaining_time: milliseconds until Lambda ends the function.
    """
    try:
        request = Request.parse(event)
    except MalformedRequestError as error:
        log("malformed request", level="ERROR", reason=str(error))
        _refuse(event, str(error))
        return
    log("request", request)
    began = remaining_time()
    if _is_settled(request, lambda: (began - remaining_time()) / 1000):
        return
    try:
        reason = _hand_over(event, function_arn, remaining_time)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw needs a response, too
        reason = _crash(error, request)
    if reason:
        reason = f"the execution that carries out the request could not be started: {reason}"
        log("fail", request, level="ERROR", reason=reason)
        put(request.response_url, failed(request, reason, None).document(request))


def _is_settled(request: Request, clock: Clock) -> bool:
    """Responds to a request that needs no execution, if it is one."""
    try:
        response = _settled(request, clock)
        return response is not None and _responded(request, response)
    except Exception as error:  # noqa: BLE001 - the execution tries again, and responds if it crashes, too
        _crash(error, request)
        return False


def _crash(error: Exception, request: Request) -> str:
    """Logs what nobody foresaw, and where it happened.

    Returns:
        What it is; without a message that may hold the address of the response, which is a credential.
    """
    text = str(error)
    reason = (
        type(error).__name__ if "://" in text or "ignature" in text else f"{type(error).__name__}: {text}"
    )
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    where = [f"{frame.name}:{frame.lineno}" for frame in frames]
    log("crash", request, level="ERROR", reason=reason, where=where)
    return reason


def _settled(request: Request, clock: Clock) -> Response | None:
    """The response to a request that needs no execution; None where something is to be done or waited for.

    A leg that has nothing to wait for needs none, nor a job that cannot be created, nor the deletion of one
    that never was.
    """
    try:
        if not request.is_of_job:
            evidence = Evidence(request, Memory(), queries_of(request), clock)
            action = advancer_of(request).decide(request, evidence)
            return action.response if isinstance(action, Respond) else None
        if request.is_delete:
            return None if job_to_delete(request) else removed(request)
        JobProperties.parse(request.kind, request.properties)
    except InvalidValueError as error:
        # An update before this one may have started a job, which has to end first.
        return None if request.is_of_job and overtaken_by(request) else failed(request, str(error), Memory())
    except (CallError, DoubtError):
        return None
    return None


def _responded(request: Request, response: Response) -> bool:
    try:
        put(request.response_url, response.document(request))
    except ResponseNotDeliveredError as error:
        log("not responded", request, level="WARNING", reason=str(error))
        return False
    log("responded", request, status=response.status, reason=response.reason)
    return True


def _hand_over(event: dict[str, Any], function_arn: str, remaining_time: RemainingTime) -> str:
    """Starts the execution of a request.

    Returns:
        Why it could not be started; empty if it was.
    """
    while True:
        try:
            start_execution(state_machines(), state_machine_arn(), function_arn, event)
        except API_ERRORS as error:
            # An error may hide that the execution was started: then the next attempt finds it.
            trouble = CallError.of(error, "StartExecution")
            passes = trouble.kind in (ErrorKind.PERMISSION, ErrorKind.TRANSIENT)
            needed = _SECONDS_BETWEEN * 1000 + _FOR_AN_ATTEMPT + _FOR_THE_RESPONSE
            if not passes or remaining_time() < needed:
                return str(trouble)
            sleep(_SECONDS_BETWEEN)
        else:
            return ""


def _refuse(event: dict[str, Any], reason: str) -> None:
    """Responds to a request that is not about one of our resources, if it has the address of the response.

    Its resource has our ServiceToken.
    """
    fields = ("ResponseURL", "StackId", "RequestId", "LogicalResourceId")
    if not all(isinstance(event.get(field), str) for field in fields):
        return
    request = Request.parse({**event, "RequestType": "Create", "ResourceType": COMPLETION_TYPE})
    response = failed(request, reason, Memory())
    if event.get("RequestType") == "Delete":
        response = replace(response, status="SUCCESS")
    put(request.response_url, response.document(request))
