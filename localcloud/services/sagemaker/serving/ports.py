"""The parts of other services that serving uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localcloud.services.sagemaker.serving.news import News


@dataclass(frozen=True)
class Ports:
    """Other services, as callables.

    Attributes:
        role_fails: Decides by a resource's name whether a test wants its role to be refused.
        looks_at_buckets: Decides whether SageMaker asks for a bucket as a whole before it uses what is in it.
        alarms: The names of the CloudWatch alarms that are in ALARM.
        count: Puts one datum of a metric of `AWS/SageMaker`: its name, its dimensions, and its value.
        is_scaled: Decides whether a resource is registered as a scalable target, by its resource id.
        deregister: Takes a scalable target away, if it is there.
        tell: Sends the event of a change of an endpoint.
    """

    role_fails: Callable[[str], bool]
    looks_at_buckets: Callable[[], bool]
    alarms: Callable[[], frozenset[str]]
    count: Callable[[str, dict[str, str], float], None]
    is_scaled: Callable[[str], bool]
    deregister: Callable[[str], None]
    tell: Callable[[News], None]
