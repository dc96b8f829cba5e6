"""The steps in which an update replaces what runs: a DeploymentConfig, as SageMaker carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Literal

from localcloud.services.sagemaker.serving.resources import invalid

_LEAST_PERCENT, _MOST_PERCENT = 5, 50

BakesIn = Literal["WaitIntervalInSeconds", "TerminationWaitInSeconds"]


@dataclass(frozen=True, slots=True)
class Shift:
    """One step of a deployment.

    Attributes:
        percent: The share of the traffic that the new containers get from then on.
        starts: Whether new containers have to start before it.
        bakes: The time in which an alarm still rolls the deployment back, in seconds.
    """

    percent: float
    starts: bool
    bakes: float


@dataclass(frozen=True, slots=True)
class Deployment:
    """The course of an update.

    Attributes:
        ends_in: The time after the last shift until the old containers are gone, in seconds.
        limit: The longest time that it may take.
        alarms: The names of the alarms that roll it back.
    """

    shifts: tuple[Shift, ...]
    ends_in: float = 0
    limit: float = inf
    alarms: tuple[str, ...] = ()


def deployment(
    config: Mapping[str, Any] | None, copies: int = 1, *, bakes_in: BakesIn = "WaitIntervalInSeconds"
) -> Deployment:
    """The deployment of an endpoint or a component; all at once without a config.

    Args:
        copies: The number of instances or copies that are replaced.
        bakes_in: The wait in which an alarm rolls back an update that moves all traffic in one step.
    """
    config = config or {}
    alarms = tuple(
        alarm["AlarmName"] for alarm in config.get("AutoRollbackConfiguration", {}).get("Alarms", ())
    )
    if rolling := config.get("RollingUpdatePolicy"):
        share = _percent(rolling["MaximumBatchSize"], copies)
        bakes = rolling["WaitIntervalInSeconds"]
        shifts = tuple(Shift(percent, starts=True, bakes=bakes) for percent in _steps(share))
        return Deployment(shifts, limit=rolling.get("MaximumExecutionTimeoutInSeconds", inf), alarms=alarms)
    policy = config.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})
    percents = {
        "ALL_AT_ONCE": lambda: [100.0],
        "CANARY": lambda: [_percent(routing["CanarySize"], copies), 100.0],
        "LINEAR": lambda: _steps(_percent(routing["LinearStepSize"], copies)),
    }[routing["Type"]]()
    bakes, ends_in = routing.get("WaitIntervalInSeconds", 0), policy.get("TerminationWaitInSeconds", 0)
    if routing["Type"] == "ALL_AT_ONCE" and bakes_in == "TerminationWaitInSeconds":
        # There are no steps between which it could wait, so the wait at the end is the baking period.
        bakes, ends_in = ends_in, 0
    return Deployment(
        # The new containers all start before the first of them gets traffic.
        tuple(Shift(percent, starts=number == 0, bakes=bakes) for number, percent in enumerate(percents)),
        ends_in=ends_in,
        limit=policy.get("MaximumExecutionTimeoutInSeconds", inf),
        alarms=alarms,
    )


def check_deployment(config: Mapping[str, Any] | None, variants: int = 1) -> None:
    """Raise ApiError for a DeploymentConfig that the service model allows and SageMaker does not.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html

    Args:
        variants: The number of production variants.
    """
    policy = config or {}
    rolling = policy.get("RollingUpdatePolicy")
    routing = policy.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if rolling is not None and variants > 1:
        raise invalid(f"RollingUpdatePolicy needs an endpoint with one production variant, got {variants}")
    for name, size, least in (
        ("MaximumBatchSize", (rolling or {}).get("MaximumBatchSize"), 5),
        ("CanarySize", routing.get("CanarySize"), 1),
        ("LinearStepSize", routing.get("LinearStepSize"), 10),
    ):
        if size and size["Type"] == "CAPACITY_PERCENT" and not least <= size["Value"] <= _MOST_PERCENT:
            raise invalid(f"{name} must be from {least} to {_MOST_PERCENT} percent, got {size['Value']}")


def check_batch(config: Mapping[str, Any] | None, copies: int) -> None:
    """Raise ApiError for a batch of copies that is too great or too small a part of them.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceComponentRollingUpdatePolicy.html

    Args:
        copies: The number of copies of the component.
    """
    size = (config or {}).get("RollingUpdatePolicy", {}).get("MaximumBatchSize")
    if size and size["Type"] == "COPY_COUNT":
        share = 100 * size["Value"] / max(copies, 1)
        if not _LEAST_PERCENT <= share <= _MOST_PERCENT:
            raise invalid(
                f"MaximumBatchSize must be from {_LEAST_PERCENT} to {_MOST_PERCENT} percent of the copies, "
                f"got {size['Value']} of {copies}"
            )


def _percent(size: Mapping[str, Any], copies: int) -> float:
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"])
    return min(100.0, 100.0 * float(size["Value"]) / max(copies, 1))


def _steps(share: float) -> list[float]:
    return [min(100.0, share * number) for number in range(1, ceil(100 / share) + 1)]
