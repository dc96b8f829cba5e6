"""Giving an event to the targets of a rule, with the permissions that EventBridge needs for it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from moto.core.exceptions import ServiceException

from localcloud.kernel.api import ApiError
from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Decision, Permissions, session_arn
from localcloud.kernel.site import Site
from localcloud.services.events.rules import MatchingRule
from localcloud.services.events.target_input import target_input

_SERVICE = "events.amazonaws.com"


@dataclass(frozen=True)
class Delivery:
    """The delivery of an event to a target, or its refusal.

    Attributes:
        rule: The rule's name.
        target: The target's ARN.
        input: What the target got, usually JSON.
        error: Why it got nothing; None if it got it.
    """

    rule: str
    target: str
    input: str
    error: str | None = None


class Start(Protocol):
    """Starts an execution of a state machine with an input, and returns its ARN."""

    def __call__(self, state_machine_arn: str, input: Any, *, name: str) -> str: ...


@dataclass(frozen=True)
class Neighbours:
    """The services that take events beside moto's.

    Attributes:
        invoke: Queues an event for a function.
        log: Writes lines to a new stream of a log group.
        start: Starts an execution of a state machine.
    """

    invoke: Callable[[str, bytes], None]
    log: Callable[[str, str, list[str]], None]
    start: Start


class _NotDeliveredError(Exception):
    """A target does not accept an event. The message is the reason."""


@dataclass(frozen=True)
class _Parcel:
    rule: MatchingRule
    target: Mapping[str, Any]
    text: str

    @property
    def arn(self) -> str:
        return str(self.target["Arn"])


class Targets:
    """Delivers events, and keeps a record of the deliveries."""

    def __init__(self, site: Site, permissions: Permissions, neighbours: Neighbours) -> None:
        self._site = site
        self._permissions = permissions
        self._neighbours = neighbours
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._kinds: dict[str, Callable[[_Parcel], None]] = {
            "lambda": self._to_function,
            "logs": self._to_log_group,
            "sns": self._to_topic,
            "sqs": self._to_queue,
            "states": self._to_state_machine,
        }

    def deliver(self, rule: MatchingRule, event: Mapping[str, Any]) -> None:
        """Give an event to every target of a rule.

        A target that refuses it does not affect the others, and PutEvents does not tell of it.
        """
        for target in rule.targets:
            parcel = _Parcel(rule, target, target_input(target, rule, event, self._site.clock.now()))
            error = None
            try:
                self._give(parcel)
            except (_NotDeliveredError, ApiError, ServiceException) as refusal:
                error = str(refusal)
            with self._lock:
                self._deliveries.append(Delivery(rule.name, parcel.arn, parcel.text, error))

    def deliveries(self) -> list[Delivery]:
        with self._lock:
            return list(self._deliveries)

    def clear(self) -> None:
        with self._lock:
            self._deliveries.clear()

    def _give(self, parcel: _Parcel) -> None:
        service = parcel.arn.split(":")[2]
        if service not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise _NotDeliveredError(f"the local cloud delivers to {known}, got the target {parcel.arn}")
        self._kinds[service](parcel)

    def _to_function(self, parcel: _Parcel) -> None:
        self._check_policy(parcel, "lambda:InvokeFunction")
        self._neighbours.invoke(parcel.arn, parcel.text.encode())

    def _to_queue(self, parcel: _Parcel) -> None:
        self._check_policy(parcel, "sqs:SendMessage")
        group = (parcel.target.get("SqsParameters") or {}).get("MessageGroupId")
        self._backend("sqs").send_message(parcel.arn.split(":")[5], parcel.text, group_id=group)

    def _to_topic(self, parcel: _Parcel) -> None:
        self._check_policy(parcel, "sns:Publish")
        self._backend("sns").topics[parcel.arn].publish(parcel.text)

    def _to_log_group(self, parcel: _Parcel) -> None:
        group = parcel.arn.removesuffix(":*").split(":", 6)[6]
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            self._check_policy(parcel, action)
        if group not in self._backend("logs").groups:
            raise _NotDeliveredError(f"there is no log group {group}")
        self._neighbours.log(group, str(uuid.uuid4()), [parcel.text])

    def _to_state_machine(self, parcel: _Parcel) -> None:
        name = str(uuid.uuid4())
        role_arn = str(parcel.target.get("RoleArn") or "")
        if not role_arn:
            raise _NotDeliveredError(f"the target {parcel.arn} needs a role that may start its executions")
        may = self._permissions
        _check(may.may_assume(role_arn, _SERVICE, self._site.account, parcel.rule.arn))
        _check(may.authorize(session_arn(role_arn, name), "states:StartExecution", parcel.arn))
        self._neighbours.start(parcel.arn, parcel.text, name=name)

    def _check_policy(self, parcel: _Parcel, action: str) -> None:
        _check(self._permissions.service_may(_SERVICE, action, parcel.arn, parcel.rule.arn))

    def _backend(self, service: str) -> Any:
        return backend(service, self._site.region)


def _check(decision: Decision) -> None:
    if not decision.allowed:
        raise _NotDeliveredError(decision.reason)
