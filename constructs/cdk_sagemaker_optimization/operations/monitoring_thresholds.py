"""The thresholds of the alarms of a monitoring."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.durations import check_duration, is_known, seconds
from cdk_sagemaker_optimization.checks.numbers import positive_number, whole_number
from cdk_sagemaker_optimization.checks.validation import is_unresolved


@dataclass(frozen=True)
class Thresholds:
    """The value of each metric at which its alarm goes off, in the metric's unit. None for no alarm."""

    #: Runs that fail within 15 minutes.
    failures: float | None
    #: Seconds.
    queue_time: float | None
    #: Percent.
    max_runtime_share: float | None
    #: Requests within 5 minutes.
    server_errors: float | None
    #: Microseconds.
    latency: float | None
    #: Percent of each GPU.
    gpu_memory: float | None
    #: Requests within 5 minutes.
    no_capacity: float | None

    @classmethod
    def of(
        cls,
        *,
        failures: int | None,
        queue_time: cdk.Duration | None,
        max_runtime_share: float | None,
        server_errors: int | None,
        latency_p99: cdk.Duration | None,
        gpu_memory: float | None,
        no_capacity: int | None,
    ) -> Thresholds:
        """Return the thresholds that a user gave.

        Raises:
            ValueError: one is out of range, or must be known at synthesis and is a token.
        """
        return cls(
            failures=_count("failures", failures),
            queue_time=None if queue_time is None else seconds("queue_time", queue_time),
            max_runtime_share=_percent("max_runtime_share", max_runtime_share),
            server_errors=_count("server_errors", server_errors),
            latency=_microseconds("latency_p99", latency_p99),
            gpu_memory=_known_percent("gpu_memory", gpu_memory),
            no_capacity=_count("no_capacity", no_capacity),
        )


def _count(prop: str, value: int | None) -> float | None:
    return None if value is None else whole_number(prop, value, minimum=1)


def _percent(prop: str, value: float | None) -> float | None:
    if value is None:
        return None
    number = positive_number(prop, value)
    if not is_unresolved(number) and number > 100:
        raise ValueError(f"{prop} must be a percentage of at most 100, got {value!r}")
    return number


def _known_percent(prop: str, value: float | None) -> float | None:
    number = _percent(prop, value)
    if number is not None and is_unresolved(number):
        # The metric has the sum of all GPUs.
        raise ValueError(
            f"{prop} must be known at synthesis, because it is multiplied by the number of GPUs, got a "
            f"token: give a number, or {prop}=None"
        )
    return number


def _microseconds(prop: str, duration: cdk.Duration | None) -> float | None:
    if duration is None:
        return None
    check_duration(prop, duration)
    if not is_known(duration):
        raise ValueError(
            f"{prop} must be known at synthesis, because the metric is in microseconds, got a token: give a "
            f"number such as Duration.seconds(30), or {prop}=None"
        )
    milliseconds = duration.to_milliseconds(integral=False)
    if milliseconds <= 0 or milliseconds != int(milliseconds):
        raise ValueError(
            f"{prop} must be a whole number of milliseconds, 1 or more, got {milliseconds:g} milliseconds"
        )
    return int(milliseconds) * 1_000
