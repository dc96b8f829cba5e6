"""Giving an event to the targets of a rule, with the permissions that EventBridge needs for it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException

from localcloud.kernel.api import ApiError
from localcloud.kernel.moto_app import backend
from localcloud.services.events.rules import MatchingRule
from localcloud.services.events.target_input import target_input
from localcloud.services.iam import Decision

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

_SERVICE = "events.amazonaws.com"


@dataclass(frozen=True)
class Delivery:
    """An event that was given to a target, or that the target did not take.

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


class _NotDeliveredError(Exception):
    """A target does not take an event, for the reason that is the message."""


@dataclass(frozen=True)
class _Parcel:
    rule: MatchingRule
    target: Mapping[str, Any]
    text: str

    @property
    def arn(self) -> str:
        return str(self.target["Arn"])


class Targets:
    """Delivers events, and remembers it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
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
        """Give an event to every target of a rule, each on its own: one that refuses it keeps no other from
        it, and whoever puts the event never hears of that.
        """
        for target in rule.targets:
            parcel = _Parcel(rule, target, target_input(target, rule, event, self._cloud.clock.now()))
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
        self._cloud.functions.invoke_async(parcel.arn, parcel.text.encode())

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
        self._cloud.logs.deliver(group, str(uuid.uuid4()), [parcel.text])

    def _to_state_machine(self, parcel: _Parcel) -> None:
        name = str(uuid.uuid4())
        role_arn = str(parcel.target.get("RoleArn") or "")
        if not role_arn:
            raise _NotDeliveredError(f"the target {parcel.arn} needs a role that may start its executions")
        authorization, account = self._cloud.authorization, self._cloud.account
        _check(authorization.may_assume(role_arn, _SERVICE, account, parcel.rule.arn))
        session = f"arn:aws:sts::{account}:assumed-role/{role_arn.rpartition('/')[2]}/{name}"
        _check(authorization.authorize(session, "states:StartExecution", parcel.arn))
        self._cloud.state_machines.start(parcel.arn, parcel.text, name=name)

    def _check_policy(self, parcel: _Parcel, action: str) -> None:
        _check(self._cloud.authorization.service_may(_SERVICE, action, parcel.arn, parcel.rule.arn))

    def _backend(self, service: str) -> Any:
        return backend(service, self._cloud.region)


def _check(decision: Decision) -> None:
    if not decision.allowed:
        raise _NotDeliveredError(decision.reason)
