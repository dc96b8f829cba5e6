"""The account and the Region of a run, and the run's names and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tools.live.interruption import Interruption

TAG = "cdk-sagemaker-optimization-live-run"
"""The key of the tag on everything that a run creates. The value is the run's id."""


@dataclass(frozen=True)
class Settings:
    """The choices of the person who starts a run.

    Attributes:
        model_uri: The location of a small model for the second part. None omits that part.
        instance_type: The instance type of the jobs.
        rare_type: An instance type that the account has no quota for.
        pause: Seconds between two polls.
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
        partition: The partition of its ARNs.
        sleep: Waits for some seconds.
        now: Returns the time in seconds since 1970.
        interruption: The Ctrl-C of the run.
    """

    session: Any
    run: str
    number: str
    partition: str
    region: str
    settings: Settings = field(default_factory=Settings)
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.time
    interruption: Interruption = field(default_factory=Interruption)

    def client(self, service: str) -> Any:
        """Make a boto3 client."""
        return self.session.client(service)

    def name(self, what: str = "") -> str:
        """Make a name that no other run has."""
        return f"live-{self.run}-{what}".rstrip("-")

    @property
    def masked(self) -> str:
        """The last digits of the account's id, by which its owner recognizes it."""
        return f"********{self.number[-4:]}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tag of this run."""
        return [{"Key": TAG, "Value": self.run}]

    def arn(self, service: str, resource: str) -> str:
        """Make an ARN of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.number}:{resource}"


def has_tag(tags: list[dict[str, str]], run: str) -> bool:
    """Tell whether tags show that a run has created their resource."""
    return {"Key": TAG, "Value": run} in [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]
