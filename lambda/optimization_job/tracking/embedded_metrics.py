"""Metrics as a line of the log.

CloudWatch Logs makes metrics of a line in the embedded metric format, so the function needs no permission for
them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Lambda leaves a line that Python writes to standard output as it is, in both of its log formats:
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..contract import (
    CURRENT_MAX_RUNTIME_SHARE,
    CURRENT_QUEUE_TIME,
    FAILURES,
    LOGICAL_RESOURCE_ID,
    MAX_RUNTIME_SHARE,
    METRIC_NAMESPACE,
    QUEUE_TIME,
    RUN_TIME,
    STACK_NAME,
)
from ..log import log

_UNITS = {
    QUEUE_TIME: "Seconds",
    RUN_TIME: "Seconds",
    MAX_RUNTIME_SHARE: "Percent",
    FAILURES: "Count",
    CURRENT_QUEUE_TIME: "Seconds",
    CURRENT_MAX_RUNTIME_SHARE: "Percent",
}


def log_metrics(
    decision: str,
    values: Mapping[str, float],
    *,
    at: datetime,
    stack_name: str,
    logical_resource_id: str,
    **details: str,
) -> None:
    """Writes a line with metrics of a job of a stack.

    Args:
        decision: as in every line of the log.
        values: the values by the names of the metrics.
        at: the time of the data points.
        stack_name: the name of the job's stack.
        logical_resource_id: the job's logical id there.
        details: what else the line says, such as the job's name: as a dimension it would have no bounds.
    """
    metrics = [{"Name": name, "Unit": _UNITS[name]} for name in sorted(values)]
    dimensions: dict[str, Any] = {STACK_NAME: stack_name, LOGICAL_RESOURCE_ID: logical_resource_id}
    directive = {"Namespace": METRIC_NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}
    moment = int(at.timestamp() * 1000)
    log(
        decision,
        None,
        **details,
        _aws={"Timestamp": moment, "CloudWatchMetrics": [directive]},
        **(dimensions | dict(values)),
    )
