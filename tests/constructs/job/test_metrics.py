"""The metrics of a job are where the function writes them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from tests.constructs.support import JOB, make_job, new_app, resources_of, template_of

METRICS = {
    "metric_run_time": ("RunTime", "Maximum"),
    "metric_queue_time": ("QueueTime", "Maximum"),
    "metric_max_runtime_share": ("MaxRuntimeShare", "Maximum"),
    "metric_failures": ("Failures", "Sum"),
    "metric_current_queue_time": ("CurrentQueueTime", "Maximum"),
    "metric_current_max_runtime_share": ("CurrentMaxRuntimeShare", "Maximum"),
}


def alarm_on(metric: cloudwatch.Metric, stack: cdk.Stack) -> dict[str, Any]:
    metric.create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)
    (alarm,) = resources_of(template_of(stack), "AWS::CloudWatch::Alarm").values()
    properties: dict[str, Any] = alarm["Properties"]
    return properties


@pytest.mark.parametrize("method", METRICS)
def test_an_alarm_watches_the_job_of_this_stack_by_its_logical_id(method: str) -> None:
    stack = cdk.Stack(new_app(), "models")
    job = make_job(stack)
    properties = alarm_on(getattr(job, method)(), stack)

    name, statistic = METRICS[method]
    (logical_id,) = resources_of(template_of(stack), JOB)
    assert properties["Namespace"] == "SageMakerOptimizationJobs"
    assert properties["MetricName"] == name
    assert properties["Statistic"] == statistic
    assert properties["Period"] == 300
    assert properties["Dimensions"] == [
        {"Name": "LogicalResourceId", "Value": logical_id},
        {"Name": "StackName", "Value": "models"},
    ]


def test_a_metric_takes_what_every_metric_of_the_cdk_takes() -> None:
    stack = cdk.Stack()
    job = make_job(stack)
    metric = job.metric_failures(label="failed", color="#d13212", unit=None)
    properties = alarm_on(
        job.metric_failures(statistic="Average", period=cdk.Duration.hours(1), color=None), stack
    )

    assert (metric.label, metric.color) == ("failed", "#d13212")
    assert (properties["Statistic"], properties["Period"]) == ("Average", 3600)


def test_an_alarm_of_another_stack_watches_the_job_by_its_name_there() -> None:
    app = new_app()
    models, alarms = cdk.Stack(app, "models"), cdk.Stack(app, "alarms")
    properties = alarm_on(make_job(models).metric_run_time(), alarms)

    (logical_id,) = resources_of(template_of(models), JOB)
    dimensions = {each["Name"]: each["Value"] for each in properties["Dimensions"]}
    assert dimensions == {"StackName": "models", "LogicalResourceId": logical_id}


@pytest.mark.newest_cdk  # the modules of an older one load those that they refer to
def test_an_app_without_metrics_does_not_load_cloudwatch() -> None:
    code = (
        "import sys, cdk_sagemaker_optimization as o; o.OptimizationJob; "
        "print('aws_cdk.aws_cloudwatch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
