"""The account and the Region that a run asks, and its names and its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TAG = "cdk-sagemaker-optimization-live-run"
"""The key of the tag that everything has that a run makes; its value is the run."""


@dataclass(frozen=True)
class Settings:
    """What a person may choose.

    Attributes:
        model_uri: Where a small model is, for the second part; None leaves that part out.
        instance_type: The instance type of the jobs.
        rare_type: An instance type that the account has no quota for.
        pause: Seconds between two looks at something that changes by itself.
    """

    model_uri: str | None = None
    instance_type: str = "ml.g5.2xlarge"
    rare_type: str = "ml.p5.48xlarge"
    pause: float = 5.0


@dataclass(frozen=True)
class Account:
    """One run in one account and Region.

    Attributes:
        session: A boto3 session.
        number: The account's id.
        partition: Of its ARNs.
        sleep: Lets seconds pass.
        now: The time in seconds since 1970.
    """

    session: Any
    run: str
    number: str
    partition: str
    region: str
    settings: Settings = field(default_factory=Settings)
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.time

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.session.client(service)

    def name(self, what: str = "") -> str:
        """A name that no other run has."""
        return f"live-{self.run}-{what}".rstrip("-")

    @property
    def masked(self) -> str:
        """The account's id, as much of it as its owner needs to recognize it."""
        return f"********{self.number[-4:]}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tag of this run."""
        return [{"Key": TAG, "Value": self.run}]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.number}:{resource}"


def has_tag(tags: list[dict[str, str]], run: str) -> bool:
    """Whether tags say that a run has made what they are on."""
    return {"Key": TAG, "Value": run} in [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]
