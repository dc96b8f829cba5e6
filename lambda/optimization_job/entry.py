"""Takes a request of CloudFormation: answers it if it is settled already, and hands it to the state machine
otherwise.

Here nothing is changed. Whatever has an effect happens in the execution, of which there is one for each
request, so that a request that comes twice, or comes late, has it once.
"""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .advance import failure
from .answer import Answer
from .deciding import Respond
from .executions import start_execution
from .log import log
from .memo import Memo
from .put import AnswerNotDeliveredError, put
from .request import COMPLETION_TYPE, MalformedRequestError, Request
from .service_model import InvalidValueError
from .surroundings import advancer_of, state_machine_arn, state_machines, world_of
from .trouble import Kind, TroubleError

#: A new role may take two minutes until it may start an execution.
_ATTEMPTS = 13
_SECONDS_BETWEEN = 10


def receive(event: dict[str, Any], function_arn: str) -> None:
    """Sees to it that a request is answered."""
    try:
        request = Request.parse(event)
    except MalformedRequestError as error:
        log("malformed request", level="ERROR", reason=str(error))
        _refuse(event, str(error))
        return
    log("request", request)
    answer = _settled(request)
    if answer is not None and _answered(request, answer):
        return
    try:
        _hand_over(event, request, function_arn)
    except (ClientError, BotoCoreError) as error:
        reason = f"the execution that carries out the request could not be started: {error}"
        log("fail", request, level="ERROR", reason=reason)
        put(request.response_url, failure(request, reason).document(request))


def _settled(request: Request) -> Answer | None:
    """The answer of a leg that has nothing to wait for; None where something is to be done or waited for."""
    if request.resource_type != COMPLETION_TYPE:
        return None
    try:
        action = advancer_of(request).decide(request, Memo(), 0.0)
    except InvalidValueError as error:
        return failure(request, str(error))
    except TroubleError:
        return None
    return action.answer if isinstance(action, Respond) else None


def _answered(request: Request, answer: Answer) -> bool:
    try:
        put(request.response_url, answer.document(request))
    except AnswerNotDeliveredError as error:
        log("not answered", request, level="WARNING", reason=str(error))
        return False
    log("answered", request, status=answer.status, reason=answer.reason)
    return True


def _hand_over(event: dict[str, Any], request: Request, function_arn: str) -> None:
    memo = Memo(forward=_goes_forward(request))
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            start_execution(state_machines(), state_machine_arn(), function_arn, event, memo)
        except (ClientError, BotoCoreError) as error:
            # An error may hide that the execution was started: then the next attempt finds it.
            passes = TroubleError.of(error, "StartExecution").kind in (Kind.PERMISSION, Kind.TRANSIENT)
            if not passes or not attempts_left:
                raise
            sleep(_SECONDS_BETWEEN)
        else:
            return


def _goes_forward(request: Request) -> bool | None:
    """Which way the stack goes now, when the request has just come: it tells an update from the return of a
    rollback.
    """
    if not request.is_update or request.resource_type == COMPLETION_TYPE:
        return None
    try:
        return world_of(request).stack_goes_forward()
    except TroubleError as trouble:
        log("stack unknown", request, level="WARNING", reason=str(trouble))
        return None


def _refuse(event: dict[str, Any], reason: str) -> None:
    """Answers what is no request of ours, as far as it says where to: somebody's resource has our
    ServiceToken.
    """
    fields = ("ResponseURL", "StackId", "RequestId", "LogicalResourceId")
    if not all(isinstance(event.get(field), str) for field in fields):
        return
    request = Request.parse({**event, "RequestType": "Create", "ResourceType": COMPLETION_TYPE})
    answer = failure(request, reason)
    if event.get("RequestType") == "Delete":
        answer = replace(answer, status="SUCCESS")
    put(request.response_url, answer.document(request))
