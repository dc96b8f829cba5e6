"""The metrics of what an endpoint serves."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from tests.constructs.serving.endpoint_support import COMPONENTS, Endpoints

_REQUESTS = "AWS/SageMaker"
_ENDPOINTS = "/aws/sagemaker/Endpoints"
_COMPONENTS = "/aws/sagemaker/InferenceComponents"

_OF_INSTANCES = {
    "metric_invocations": (_REQUESTS, "Invocations", "Sum"),
    "metric_invocations_per_instance": (_REQUESTS, "InvocationsPerInstance", "Sum"),
    "metric_invocation_4xx_errors": (_REQUESTS, "Invocation4XXErrors", "Sum"),
    "metric_invocation_5xx_errors": (_REQUESTS, "Invocation5XXErrors", "Sum"),
    "metric_invocation_model_errors": (_REQUESTS, "InvocationModelErrors", "Sum"),
    "metric_model_latency": (_REQUESTS, "ModelLatency", "Average"),
    "metric_overhead_latency": (_REQUESTS, "OverheadLatency", "Average"),
    "metric_concurrent_requests": (_REQUESTS, "ConcurrentRequestsPerModel", "Maximum"),
    "metric_cpu_utilization": (_ENDPOINTS, "CPUUtilization", "Average"),
    "metric_memory_utilization": (_ENDPOINTS, "MemoryUtilization", "Average"),
    "metric_gpu_utilization": (_ENDPOINTS, "GPUUtilization", "Average"),
    "metric_gpu_memory_utilization": (_ENDPOINTS, "GPUMemoryUtilization", "Average"),
}
_OF_COMPONENTS = {
    **_OF_INSTANCES,
    "metric_invocations_per_instance": (_REQUESTS, "InvocationsPerCopy", "Sum"),
    "metric_concurrent_requests": (_REQUESTS, "ConcurrentRequestsPerCopy", "Maximum"),
    "metric_cpu_utilization": (_COMPONENTS, "CPUUtilizationNormalized", "Average"),
    "metric_memory_utilization": (_COMPONENTS, "MemoryUtilizationNormalized", "Average"),
    "metric_gpu_utilization": (_COMPONENTS, "GPUUtilizationNormalized", "Average"),
    "metric_gpu_memory_utilization": (_COMPONENTS, "GPUMemoryUtilizationNormalized", "Average"),
}


def _facts(metric: cloudwatch.Metric) -> tuple[str, str, str]:
    return metric.namespace, metric.metric_name, metric.statistic


def test_those_of_instances(endpoints: Endpoints) -> None:
    endpoint = endpoints.make(endpoint_name="chat")
    for name, expected in _OF_INSTANCES.items():
        metric = getattr(endpoint, name)()
        assert _facts(metric) == expected
        assert metric.dimensions == {"EndpointName": "chat", "VariantName": "optimized"}


def test_those_of_a_component(endpoints: Endpoints) -> None:
    endpoint = endpoints.make(hosting=COMPONENTS)
    for name, expected in _OF_COMPONENTS.items():
        metric = getattr(endpoint, name)()
        assert _facts(metric) == expected
        assert set(metric.dimensions or {}) == {"InferenceComponentName"}


def test_those_of_another_variant(endpoints: Endpoints) -> None:
    variant = endpoints.make(endpoint_name="chat").add_variant("challenger", model=endpoints.model)
    for name, expected in _OF_INSTANCES.items():
        metric = getattr(variant, name)()
        assert _facts(metric) == expected
        assert metric.dimensions == {"EndpointName": "chat", "VariantName": "challenger"}


def test_any_other(endpoints: Endpoints) -> None:
    metric = endpoints.make().metric("ModelSetupTime")
    assert _facts(metric) == (_REQUESTS, "ModelSetupTime", "Average")


def test_the_queue_is_that_of_the_endpoint(endpoints: Endpoints) -> None:
    metric = endpoints.make(endpoint_name="chat").metric_backlog_size()
    assert _facts(metric) == (_REQUESTS, "ApproximateBacklogSize", "Maximum")
    assert metric.dimensions == {"EndpointName": "chat"}


@pytest.mark.parametrize(
    "name", ["metric_invocations", "metric_gpu_utilization", "metric_backlog_size", "metric"]
)
def test_the_options_are_those_of_the_cdk(endpoints: Endpoints, name: str) -> None:
    options: dict[str, Any] = {
        "statistic": "p99",
        "period": cdk.Duration.minutes(1),
        "label": "Label",
        "color": "#aabbcc",
        "unit": cloudwatch.Unit.COUNT,
        "account": "111122223333",
        "region": "eu-west-1",
    }
    arguments = ["ModelSetupTime"] if name == "metric" else []
    metric = getattr(endpoints.make(), name)(*arguments, **options)
    assert metric.statistic == "p99"
    assert metric.period.to_seconds() == 60
    assert (metric.label, metric.color, metric.unit) == ("Label", "#aabbcc", cloudwatch.Unit.COUNT)
    assert (metric.account, metric.region) == ("111122223333", "eu-west-1")


def test_an_option_that_is_none_is_the_default(endpoints: Endpoints) -> None:
    metric = endpoints.make().metric_invocations(statistic=None, period=None, label=None)
    assert _facts(metric) == (_REQUESTS, "Invocations", "Sum")


def test_the_name_of_the_endpoint_is_no_reference(endpoints: Endpoints) -> None:
    """So an endpoint may wait for an alarm on its own metric."""
    for hosting in (None, COMPONENTS):
        endpoint = endpoints.make(hosting=hosting)
        dimensions = endpoint.metric_invocations().dimensions
        text = str(endpoints.stack.resolve(dimensions))
        assert "AWS::StackId" in text
        assert "GetAtt" not in text
        assert text.count("'Ref'") == 1
