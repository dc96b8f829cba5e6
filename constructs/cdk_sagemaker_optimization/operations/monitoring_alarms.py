"""The alarms of jobs and endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_sagemaker_optimization.checks.durations import describe
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.job.metrics import JobMetrics
from cdk_sagemaker_optimization.serving.endpoint_metrics import ServedMetrics

from .monitoring_thresholds import Thresholds

# Minutes.
_PERIOD = 5
_PERIOD_OF_FAILURES = 15


@dataclass(frozen=True)
class AlarmPlan:
    """An alarm that is to be defined, which goes off at its threshold or above.

    Attributes:
        id: The id of the alarm, which says what it is about.
        metric: The metric that it watches.
        threshold: The value at which it goes off.
        says: The sentence that describes it.
        periods: The number of periods that it looks at.
        of_them: The number of those that have to reach the threshold.
    """

    id: str
    metric: cloudwatch.Metric
    threshold: float
    says: str
    periods: int
    of_them: int

    def define(self, scope: Construct) -> cloudwatch.Alarm:
        """Define the alarm."""
        return cloudwatch.Alarm(
            scope,
            self.id,
            alarm_description=self.says,
            metric=self.metric,
            threshold=self.threshold,
            evaluation_periods=self.periods,
            datapoints_to_alarm=self.of_them,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def alarms_of_job(job: JobMetrics, what: str, thresholds: Thresholds) -> Iterator[AlarmPlan]:
    """Yield the alarms of a job.

    Args:
        job: the job.
        what: the name of the job in sentences.
        thresholds: the thresholds.
    """
    if thresholds.failures is not None:
        # A data point has the time of the job's end, and comes up to five minutes later. So the period before
        # the present one counts as well.
        yield AlarmPlan(
            "Failures",
            job.metric_failures(period=cdk.Duration.minutes(_PERIOD_OF_FAILURES)),
            thresholds.failures,
            f"The optimization job {what} failed or was stopped",
            periods=2,
            of_them=1,
        )
    if thresholds.queue_time is not None:
        # Two looks at a job may be a little more than five minutes apart.
        yield AlarmPlan(
            "QueueTime",
            job.metric_current_queue_time(period=_period()),
            thresholds.queue_time,
            f"The optimization job {what} has waited {_time(thresholds.queue_time)} for an instance",
            periods=2,
            of_them=1,
        )
    if thresholds.max_runtime_share is not None:
        yield AlarmPlan(
            "MaxRuntimeShare",
            job.metric_current_max_runtime_share(period=_period()),
            thresholds.max_runtime_share,
            f"The optimization job {what} has used {_percent(thresholds.max_runtime_share)} of max_runtime",
            periods=2,
            of_them=1,
        )


def alarms_of_served(
    served: ServedMetrics, what: str, thresholds: Thresholds, *, gpus: int | None, is_component: bool
) -> Iterator[AlarmPlan]:
    """Yield the alarms of a variant or a component.

    Args:
        served: the variant or the component.
        what: its name in sentences.
        thresholds: the thresholds.
        gpus: the GPUs that the metric of their memory adds up; None or 0 for no such alarm.
        is_component: True for a component.
    """
    if thresholds.server_errors is not None:
        yield AlarmPlan(
            "ServerErrors",
            served.metric_invocation_5xx_errors(period=_period()),
            thresholds.server_errors,
            f"{_number(thresholds.server_errors)} requests to {what} ended with a 5XX error",
            periods=1,
            of_them=1,
        )
    if thresholds.latency is not None:
        yield AlarmPlan(
            "Latency",
            served.metric_model_latency(statistic="p99", period=_period()),
            thresholds.latency,
            f"The p99 latency of the model of {what} is {_time(thresholds.latency / 1_000_000)} or more",
            periods=3,
            of_them=3,
        )
    if thresholds.gpu_memory is not None and gpus:
        yield AlarmPlan(
            "GpuMemory",
            served.metric_gpu_memory_utilization(statistic="Maximum", period=_period()),
            thresholds.gpu_memory * gpus,
            f"The memory of the GPUs of {what} is {_percent(thresholds.gpu_memory)} full",
            periods=3,
            of_them=3,
        )
    if thresholds.no_capacity is not None and is_component:
        yield AlarmPlan(
            "NoCapacity",
            served.metric("NoCapacityInvocationFailures", statistic="Sum", period=_period()),
            thresholds.no_capacity,
            f"Requests to {what} have found no copy for 15 minutes",
            periods=3,
            of_them=3,
        )


def _period() -> cdk.Duration:
    return cdk.Duration.minutes(_PERIOD)


def _time(seconds: float) -> str:
    return "as long as chosen" if is_unresolved(seconds) else describe(seconds)


def _number(value: float) -> str:
    return "As many as chosen, or more," if is_unresolved(value) else f"{value:g} or more"


def _percent(value: float) -> str:
    return "the chosen percentage" if is_unresolved(value) else f"{value:g} %"
