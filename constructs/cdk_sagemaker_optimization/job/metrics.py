"""The metrics of a job."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.facts import stack_of

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch


class MetricOptions(TypedDict, total=False):
    """Options of a metric, as every ``metric_…`` method of the CDK takes them."""

    #: The period of a data point. Default: 5 minutes.
    period: cdk.Duration | None
    #: The statistic, such as ``Average`` or ``p90``. Default: the one that the method names.
    statistic: str | None
    #: The label in a graph. Default: CloudWatch makes one.
    label: str | None
    #: The color in a graph, such as ``#d13212``. Default: CloudWatch chooses one.
    color: str | None
    #: The account of the metric. Default: that of the job's stack.
    account: str | None
    #: The Region of the metric. Default: that of the job's stack.
    region: str | None
    #: Other dimensions. Default: the stack and the logical id of the job.
    dimensions_map: Mapping[str, str] | None
    #: The unit that data points must have. Default: any.
    unit: cloudwatch.Unit | None


class JobMetrics:
    """The metrics of the runs of a job, one data point for each run that has ended.

    CloudWatch has none of optimization jobs, so the provider publishes these; see ``docs/operating.md``.
    Those of a job that still waits or runs have a data point every one to five minutes.
    """

    def metric_run_time(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the seconds that each run took, from its start to its end.

        Args:
            options: the period, the statistic and so on. Default: Maximum, for each 5 minutes.
        """
        return self._metric(contract.RUN_TIME, "Maximum", **options)

    def metric_queue_time(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the seconds that each run waited for an instance.

        Args:
            options: the period, the statistic and so on. Default: Maximum, for each 5 minutes.
        """
        return self._metric(contract.QUEUE_TIME, "Maximum", **options)

    def metric_max_runtime_share(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the percentage of ``max_runtime`` that each run used.

        Args:
            options: the period, the statistic and so on. Default: Maximum, for each 5 minutes.
        """
        return self._metric(contract.MAX_RUNTIME_SHARE, "Maximum", **options)

    def metric_failures(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the runs that ended without an artifact, because they failed or were stopped.

        Each run that ended has a data point, so ``SampleCount`` counts the runs and ``Average`` is the part
        of them that failed.

        Args:
            options: the period, the statistic and so on. Default: Sum, for each 5 minutes.
        """
        return self._metric(contract.FAILURES, "Sum", **options)

    def metric_current_queue_time(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the seconds that a run has waited for an instance, while it waits.

        Args:
            options: the period, the statistic and so on. Default: Maximum, for each 5 minutes.
        """
        return self._metric(contract.CURRENT_QUEUE_TIME, "Maximum", **options)

    def metric_current_max_runtime_share(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the percentage of ``max_runtime`` that a run has used, while it runs.

        Args:
            options: the period, the statistic and so on. Default: Maximum, for each 5 minutes.
        """
        return self._metric(contract.CURRENT_MAX_RUNTIME_SHARE, "Maximum", **options)

    @abstractmethod
    def _metric(self, name: str, usual: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of a name, with a statistic that the options may change."""


def metric_of(
    job: IConstruct, logical_id: str, name: str, usual: str, **options: Unpack[MetricOptions]
) -> cloudwatch.Metric:
    """Return a metric of one job.

    Args:
        job: the construct of the job.
        logical_id: the logical id of its resource.
        name: the name of the metric.
        usual: the statistic, unless the options have another one.
        options: the options of the metric.
    """
    # Most apps use no metrics, and the module takes a moment.
    from aws_cdk import aws_cloudwatch as cloudwatch

    props: dict[str, Any] = {
        "statistic": usual,
        "dimensions_map": {
            contract.STACK_NAME: stack_of(job).stack_name,
            contract.LOGICAL_RESOURCE_ID: logical_id,
        },
        **{option: value for option, value in options.items() if value is not None},
    }
    metric = cloudwatch.Metric(namespace=contract.METRIC_NAMESPACE, metric_name=name, **props)
    return metric.attach_to(job)
