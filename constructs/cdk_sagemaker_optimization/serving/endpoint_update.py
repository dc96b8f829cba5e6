"""The way in which an endpoint changes to another model."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_optimization.checks.durations import describe, seconds
from cdk_sagemaker_optimization.checks.numbers import whole_number
from cdk_sagemaker_optimization.checks.validation import is_unresolved

#: The longest wait between two steps of an update, in seconds.
LONGEST_STEP = 3_600
#: The longest update, in seconds. A large model takes long on each new instance, so an update may take all of
#: it.
LONGEST_UPDATE = 28_800

# The shares of the capacity that the API allows for a step.
_CANARY = (1, 50)
_LINEAR = (10, 50)
_ROLLING = (5, 50)

# The copies of a component of which one is a share that the API allows.
_FEWEST, _MOST = 100 // _ROLLING[1], 100 // _ROLLING[0]

# The seconds that alarms watch the new instances, if nothing says how long.
_WATCH = 600


class EndpointUpdate:
    """The way in which an endpoint changes to another model, or to other settings.

    SageMaker starts new instances or copies, moves the traffic to them, and ends the old ones. If a new one
    does not become healthy, or one of the endpoint's ``rollback_alarms`` goes off, it moves the traffic back.
    """

    def __init__(self, strategy: str, percent: float | None, wait: float | None) -> None:
        self._strategy = strategy
        self._percent = percent
        self._wait = wait

    @staticmethod
    def all_at_once(duration: cdk.Duration | None = None) -> EndpointUpdate:
        """Move the whole traffic in one step, once all new instances are healthy.

        Args:
            duration: the time that the old instances are at least kept after that, during which the alarms
                are watched, at most an hour. SageMaker may keep them twice as long, because it gets the time
                as ``WaitIntervalInSeconds`` and as ``TerminationWaitInSeconds``: AWS does not document in
                which of the two it watches alarms if all traffic moves in one step. Default: 10 minutes if
                there are ``rollback_alarms``, otherwise none.

        Raises:
            ValueError: the duration is longer than an hour.
        """
        return EndpointUpdate("ALL_AT_ONCE", None, None if duration is None else _step(duration))

    @staticmethod
    def canary(percent: int, duration: cdk.Duration) -> EndpointUpdate:
        """Move a part of the traffic, and the rest of it later.

        Args:
            percent: the percentage of the capacity that gets the first part, from 1 to 50.
            duration: the time between the two parts, during which the alarms are watched, at most an hour.

        Raises:
            ValueError: the percentage or the duration is out of range.
        """
        return EndpointUpdate("CANARY", _percent("canary", percent, _CANARY), _step(duration))

    @staticmethod
    def linear(percent: int, duration: cdk.Duration) -> EndpointUpdate:
        """Move the traffic in equal parts.

        Args:
            percent: the percentage of the capacity in each part, from 10 to 50.
            duration: the time between two parts, during which the alarms are watched, at most an hour.

        Raises:
            ValueError: the percentage or the duration is out of range, or all the waits together are longer
                than 8 hours.
        """
        update = EndpointUpdate("LINEAR", _percent("linear", percent, _LINEAR), _step(duration))
        return update._checked("linear")

    @staticmethod
    def rolling(percent: int, duration: cdk.Duration) -> EndpointUpdate:
        """Replace a part of the instances, or of the copies of a component, after the other.

        It needs fewer instances at a time than the other ways, which start all new ones beside the old ones.

        Args:
            percent: the percentage of the capacity that is replaced at a time, from 5 to 50.
            duration: the time after each part, during which the alarms are watched, at most an hour.

        Raises:
            ValueError: the percentage or the duration is out of range, or all the waits together are longer
                than 8 hours.
        """
        update = EndpointUpdate("ROLLING", _percent("rolling", percent, _ROLLING), _step(duration))
        return update._checked("rolling")

    @property
    def strategy(self) -> str:
        """``ALL_AT_ONCE``, ``CANARY``, ``LINEAR`` or ``ROLLING``."""
        return self._strategy

    @property
    def watches(self) -> bool:
        """True if there is time in which alarms can go off."""
        return self._wait is None or is_unresolved(self._wait) or self._wait > 0

    @property
    def fingerprint(self) -> str:
        """A string that differs between updates that differ in what is known at synthesis."""
        numbers = ("token" if is_unresolved(each) else str(each) for each in (self._percent, self._wait))
        return " ".join((self._strategy, *numbers))

    def render(self, alarms: Sequence[cloudwatch.IAlarm]) -> sagemaker.CfnEndpoint.DeploymentConfigProperty:
        """Return the ``DeploymentConfig`` of an endpoint.

        Args:
            alarms: the alarms that move the traffic back.
        """
        rollback = sagemaker.CfnEndpoint.AutoRollbackConfigProperty(
            alarms=[sagemaker.CfnEndpoint.AlarmProperty(alarm_name=alarm.alarm_name) for alarm in alarms]
        )
        blue_green, rolling = None, None
        if self._strategy == "ROLLING":
            rolling = sagemaker.CfnEndpoint.RollingUpdatePolicyProperty(
                maximum_batch_size=self._share(),
                wait_interval_in_seconds=self._seconds(alarms),
                maximum_execution_timeout_in_seconds=LONGEST_UPDATE,
            )
        else:
            blue_green = sagemaker.CfnEndpoint.BlueGreenUpdatePolicyProperty(
                traffic_routing_configuration=sagemaker.CfnEndpoint.TrafficRoutingConfigProperty(
                    type=self._strategy,
                    canary_size=self._share() if self._strategy == "CANARY" else None,
                    linear_step_size=self._share() if self._strategy == "LINEAR" else None,
                    wait_interval_in_seconds=self._seconds(alarms),
                ),
                termination_wait_in_seconds=self._kept(alarms),
                maximum_execution_timeout_in_seconds=LONGEST_UPDATE,
            )
        return sagemaker.CfnEndpoint.DeploymentConfigProperty(
            blue_green_update_policy=blue_green,
            rolling_update_policy=rolling,
            auto_rollback_configuration=rollback if alarms else None,
        )

    def render_for_component(
        self, alarms: Sequence[cloudwatch.IAlarm], *, copies: tuple[int, int]
    ) -> dict[str, Any]:
        """Return the ``DeploymentConfig`` of an inference component, as the template has it.

        The oldest CDK that the library supports has no class for it.

        Args:
            alarms: the alarms that bring the old copies back.
            copies: the least and the greatest number of copies.
        """
        config: dict[str, Any] = {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": self._batch(copies),
                "WaitIntervalInSeconds": self._seconds(alarms),
                "MaximumExecutionTimeoutInSeconds": LONGEST_UPDATE,
            }
        }
        if alarms:
            names = [{"AlarmName": alarm.alarm_name} for alarm in alarms]
            config["AutoRollbackConfiguration"] = {"Alarms": names}
        return config

    def _batch(self, copies: tuple[int, int]) -> dict[str, Any]:
        """Return the copies that change at a time: one, or the share that the user chose.

        The API demands from 5 to 50 % of the copies, so one is a batch of 2 to 20 copies only:
        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceComponentRollingUpdatePolicy.html
        """
        least, most = copies
        known = not is_unresolved(least) and not is_unresolved(most)
        if self._percent is None and known and least >= _FEWEST and most <= _MOST:
            return {"Type": "COPY_COUNT", "Value": 1}
        return {"Type": "CAPACITY_PERCENT", "Value": _ROLLING[1] if self._percent is None else self._percent}

    def _share(self) -> sagemaker.CfnEndpoint.CapacitySizeProperty:
        return sagemaker.CfnEndpoint.CapacitySizeProperty(type="CAPACITY_PERCENT", value=self._percent or 0)

    def _seconds(self, alarms: Sequence[cloudwatch.IAlarm]) -> float:
        if self._wait is not None:
            return self._wait
        return _WATCH if alarms else 0

    def _kept(self, alarms: Sequence[cloudwatch.IAlarm]) -> float | None:
        """Return the seconds for which the old instances stay after the last step. None for none.

        Nothing follows the only step of an update all at once, and AWS's own example for it has this wait
        alone: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-all-at-once.html
        """
        return (self._seconds(alarms) or None) if self._strategy == "ALL_AT_ONCE" else None

    def _checked(self, name: str) -> EndpointUpdate:
        """Check that all the waits fit into the longest update.

        Raises:
            ValueError: they do not.
        """
        percent, wait = self._percent or 100, self._wait or 0
        if is_unresolved(percent) or is_unresolved(wait):
            return self
        steps = ceil(100 / percent)
        if steps * wait >= LONGEST_UPDATE:
            raise ValueError(
                f"an update with EndpointUpdate.{name} must take less than {describe(LONGEST_UPDATE)}, got "
                f"{steps} steps of {describe(wait)}: give a greater percentage or a shorter duration"
            )
        return self


def one_copy_at_a_time() -> EndpointUpdate:
    """Return the update of a component with alarms, unless the user chose another one."""
    return EndpointUpdate("ROLLING", None, None)


def _percent(name: str, percent: int, limits: tuple[int, int]) -> float:
    least, most = limits
    return whole_number(f"percent of EndpointUpdate.{name}", percent, minimum=least, maximum=most)


def _step(duration: cdk.Duration) -> float:
    return seconds("duration", duration, minimum=0, maximum=LONGEST_STEP)
