"""Giving an event to the targets of a rule, with the permissions that EventBridge needs for it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException

from localcloud.kernel.api import ApiError
from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.site import Site
from localcloud.services.events.rules import MatchingRule

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
    """Delivers events, and keeps a record of the deliveries.

    Args:
        invoke: Queues an event for a function.
    """

    def __init__(self, site: Site, permissions: Permissions, invoke: Callable[[str, bytes], None]) -> None:
        self._site = site
        self._permissions = permissions
        self._invoke = invoke
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._kinds: dict[str, Callable[[_Parcel], None]] = {
            "lambda": self._to_function,
            "sns": self._to_topic,
            "sqs": self._to_queue,
        }

    def deliver(self, rule: MatchingRule, event: Mapping[str, Any]) -> None:
        """Give an event to every target of a rule.

        A target that refuses it does not affect the others, and PutEvents does not tell of it.
        """
        for target in rule.targets:
            parcel = _Parcel(rule, target, target.get("Input") or json.dumps(event))
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
        for name in parcel.target.keys() & {"InputPath", "InputTransformer"}:
            raise _NotDeliveredError(f"the local cloud delivers whole events or an Input, got {name}")
        self._kinds[service](parcel)

    def _to_function(self, parcel: _Parcel) -> None:
        self._check_policy(parcel, "lambda:InvokeFunction")
        self._invoke(parcel.arn, parcel.text.encode())

    def _to_queue(self, parcel: _Parcel) -> None:
        self._check_policy(parcel, "sqs:SendMessage")
        group = (parcel.target.get("SqsParameters") or {}).get("MessageGroupId")
        self._backend("sqs").send_message(parcel.arn.split(":")[5], parcel.text, group_id=group)

    def _to_topic(self, parcel: _Parcel) -> None:
        self._check_policy(parcel, "sns:Publish")
        self._backend("sns").topics[parcel.arn].publish(parcel.text)

    def _check_policy(self, parcel: _Parcel, action: str) -> None:
        decision = self._permissions.service_may(_SERVICE, action, parcel.arn, parcel.rule.arn)
        if not decision.allowed:
            raise _NotDeliveredError(decision.reason)

    def _backend(self, service: str) -> Any:
        return backend(service, self._site.region)
