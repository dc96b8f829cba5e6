"""The metrics of what an endpoint serves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

#: The namespace of the metrics of requests.
INVOCATIONS = "AWS/SageMaker"
_ENDPOINTS = "/aws/sagemaker/Endpoints"
_COMPONENTS = "/aws/sagemaker/InferenceComponents"


class MetricOptions(TypedDict, total=False):
    """Options of a metric, as every ``metric_…`` method of the CDK takes them."""

    #: The metric's account. Default: the one of the stack.
    account: str | None
    #: The color of its graph, such as ``#aabbcc``. Default: CloudWatch chooses one.
    color: str | None
    #: The label of its graph. Default: CloudWatch makes one.
    label: str | None
    #: The time that each value is for. Default: 5 minutes.
    period: cdk.Duration | None
    #: The metric's Region. Default: the one of the stack.
    region: str | None
    #: The statistic. Default: what suits the metric.
    statistic: str | None
    #: The unit of the values. Default: all of them.
    unit: cloudwatch.Unit | None


class ServedMetrics:
    """Metrics of a variant of an endpoint, or of an inference component.

    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    @property
    @abstractmethod
    def _metric_dimensions(self) -> Mapping[str, str]:
        """The dimensions that CloudWatch keeps the metrics by."""

    @property
    @abstractmethod
    def _is_component(self) -> bool:
        """True for an inference component."""

    def metric(self, metric_name: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return a metric of requests.

        Args:
            metric_name: the metric's name, such as ``ModelSetupTime``.
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._metric(INVOCATIONS, metric_name, "Average", options)

    def metric_invocations(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests.

        Args:
            options: the period, the statistic and so on. Default: the sum of 5 minutes.
        """
        return self._metric(INVOCATIONS, "Invocations", "Sum", options)

    def metric_invocations_per_instance(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests that each instance, or each copy of a component, responds to.

        Args:
            options: the period, the statistic and so on. Default: the sum of 5 minutes.
        """
        name = "InvocationsPerCopy" if self._is_component else "InvocationsPerInstance"
        return self._metric(INVOCATIONS, name, "Sum", options)

    def metric_invocation_4xx_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests that ended with an error of the client.

        Args:
            options: the period, the statistic and so on. Default: the sum of 5 minutes.
        """
        return self._metric(INVOCATIONS, "Invocation4XXErrors", "Sum", options)

    def metric_invocation_5xx_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests that ended with an error of the model or of SageMaker.

        Args:
            options: the period, the statistic and so on. Default: the sum of 5 minutes.
        """
        return self._metric(INVOCATIONS, "Invocation5XXErrors", "Sum", options)

    def metric_invocation_model_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests that the model did not respond to with 2XX.

        Args:
            options: the period, the statistic and so on. Default: the sum of 5 minutes.
        """
        return self._metric(INVOCATIONS, "InvocationModelErrors", "Sum", options)

    def metric_model_latency(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the time that the model takes for a request, in microseconds.

        Args:
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._metric(INVOCATIONS, "ModelLatency", "Average", options)

    def metric_overhead_latency(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the time that SageMaker adds to that of the model, in microseconds.

        Args:
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._metric(INVOCATIONS, "OverheadLatency", "Average", options)

    def metric_concurrent_requests(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests that the model works on, or that wait for it.

        Args:
            options: the period, the statistic and so on. Default: the maximum of 5 minutes.
        """
        name = "ConcurrentRequestsPerCopy" if self._is_component else "ConcurrentRequestsPerModel"
        return self._metric(INVOCATIONS, name, "Maximum", options)

    def metric_cpu_utilization(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the use of the CPUs, in percent: of all cores together for instances.

        Args:
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._utilization("CPUUtilization", options)

    def metric_memory_utilization(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the use of the memory, in percent.

        Args:
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._utilization("MemoryUtilization", options)

    def metric_gpu_utilization(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the use of the GPUs, in percent: of all GPUs together for instances.

        Args:
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._utilization("GPUUtilization", options)

    def metric_gpu_memory_utilization(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the use of the GPUs' memory, in percent: of all GPUs together for instances.

        Args:
            options: the period, the statistic and so on. Default: the average of 5 minutes.
        """
        return self._utilization("GPUMemoryUtilization", options)

    def _utilization(self, name: str, options: MetricOptions) -> cloudwatch.Metric:
        if self._is_component:
            return self._metric(_COMPONENTS, f"{name}Normalized", "Average", options)
        return self._metric(_ENDPOINTS, name, "Average", options)

    def _metric(self, namespace: str, name: str, statistic: str, options: MetricOptions) -> cloudwatch.Metric:
        return metric_of(namespace, name, self._metric_dimensions, statistic, options)


def metric_of(
    namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, options: MetricOptions
) -> cloudwatch.Metric:
    """Return a metric.

    Args:
        namespace: its namespace.
        name: its name.
        dimensions: its dimensions.
        statistic: the statistic, unless the options have another one.
        options: the period, the statistic and so on.
    """
    given: dict[str, Any] = {option: value for option, value in options.items() if value is not None}
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dict(dimensions),
        **{"statistic": statistic, **given},
    )
