"""The widgets of a dashboard for jobs and endpoints."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_optimization.job.metrics import JobMetrics
from cdk_sagemaker_optimization.serving.endpoint_metrics import ServedMetrics

# A dashboard is 24 units wide.
_WIDTH = 8

# The most alarms of a widget.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
_ALARMS = 100

# The most widgets of a dashboard.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
_WIDGETS = 500


def rows_of_alarms(alarms: Sequence[cloudwatch.IAlarm]) -> list[list[cloudwatch.IWidget]]:
    """Return the rows that show the state of every alarm."""
    parts = [alarms[start : start + _ALARMS] for start in range(0, len(alarms), _ALARMS)]
    return [
        [
            cloudwatch.AlarmStatusWidget(
                title="Alarms", alarms=list(part), width=24, height=max(3, -(-len(part) // 4) + 1)
            )
        ]
        for part in parts
    ]


def check_size(id: str, rows: Sequence[Sequence[cloudwatch.IWidget]]) -> None:
    """Check that one dashboard has room for all widgets.

    Args:
        id: the id of the monitoring.
        rows: the widgets.

    Raises:
        ValueError: there are too many.
    """
    count = sum(map(len, rows))
    if count > _WIDGETS:
        raise ValueError(
            f"{id} must have at most {_WIDGETS} widgets on its dashboard, got {count}: give some of the jobs "
            "and endpoints to another OptimizationMonitoring"
        )


def row_of_job(job: JobMetrics, what: str) -> list[cloudwatch.IWidget]:
    """Return the row of a job.

    Args:
        job: the job.
        what: its name in titles.
    """
    return [
        _graph(
            f"{what}: time",
            [
                job.metric_current_queue_time(label="waits (s)"),
                job.metric_queue_time(label="waited (s)"),
                job.metric_run_time(label="ran (s)"),
            ],
        ),
        _graph(
            f"{what}: share of max_runtime",
            [
                job.metric_current_max_runtime_share(label="runs (%)"),
                job.metric_max_runtime_share(label="ran (%)"),
            ],
        ),
        _graph(
            f"{what}: runs",
            [
                job.metric_failures(label="ended", statistic="SampleCount"),
                job.metric_failures(label="failed or stopped"),
            ],
        ),
    ]


def row_of_served(
    served: ServedMetrics, what: str, *, is_component: bool, backlog: cloudwatch.IMetric | None
) -> list[cloudwatch.IWidget]:
    """Return the row of a variant or a component.

    Args:
        served: the variant or the component.
        what: its name in titles.
        is_component: True for a component.
        backlog: the metric of the requests that wait for an asynchronous endpoint, which has other metrics
            than one that responds at once:
            https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html. None for the latter.
    """
    requests: list[cloudwatch.IMetric] = [
        served.metric_invocations(label="requests")
        if backlog is None
        else served.metric("InvocationsProcessed", statistic="Sum", label="requests"),
        served.metric_invocation_4xx_errors(label="4XX errors"),
        served.metric_invocation_5xx_errors(label="5XX errors"),
    ]
    if backlog is not None:
        failures = served.metric("InvocationFailures", statistic="Sum", label="failed")
        requests += [failures, backlog]
    if is_component:
        requests.append(
            served.metric("NoCapacityInvocationFailures", statistic="Sum", label="found no copy"),
        )
    return [
        _graph(f"{what}: requests", requests),
        _graph(
            f"{what}: latency of the model (us)",
            [
                served.metric_model_latency(label="p50", statistic="p50"),
                served.metric_model_latency(label="p99", statistic="p99"),
            ],
        ),
        _graph(
            f"{what}: GPUs (%)",
            [
                served.metric_gpu_utilization(label="use"),
                served.metric_gpu_memory_utilization(label="memory", statistic="Maximum"),
            ],
        ),
    ]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDTH)
