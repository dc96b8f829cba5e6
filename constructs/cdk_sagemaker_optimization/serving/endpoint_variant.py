"""A variant of an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aws_cdk import aws_sagemaker as sagemaker

from .endpoint_metrics import ServedMetrics
from .endpoint_scaling import EndpointScaling
from .hosting import Components, Instances
from .optimized_model import OptimizedModel
from .variant_instance import VariantInstance


class EndpointVariant(ServedMetrics):
    """A model of an endpoint, with its own instances and its share of the traffic."""

    def __init__(
        self,
        name: str,
        *,
        model: OptimizedModel,
        weight: float,
        instance_count: int,
        endpoint_name: str,
        scale: Callable[[str, int, int], EndpointScaling],
    ) -> None:
        self._name = name
        self._model = model
        self._weight = weight
        self._instance_count = instance_count
        # Without a reference to the endpoint, which may have to wait for an alarm on a metric.
        self._endpoint_name = endpoint_name
        self._scale = scale

    @property
    def variant_name(self) -> str:
        """The variant's name."""
        return self._name

    @property
    def model(self) -> OptimizedModel:
        """The model that the variant serves."""
        return self._model

    @property
    def instance_count(self) -> int:
        """The number of instances at first."""
        return self._instance_count

    def auto_scale(self, *, min_capacity: int, max_capacity: int) -> EndpointScaling:
        """Let the number of the variant's instances follow the load.

        Deployments then keep the number that scaling has chosen. SageMaker refuses to change the instance
        type of a variant that scales: take the scaling out, deploy, change the type, deploy, and put the
        scaling back.

        Args:
            min_capacity: the least number of instances. 0 needs an asynchronous endpoint.
            max_capacity: the greatest number of instances.

        Returns:
            The scaling. It needs a policy, which one of its ``scale_on_…`` methods adds.

        Raises:
            ValueError: a number is out of range, or the variant scales already.
        """
        return self._scale(self._name, min_capacity, max_capacity)

    def render(
        self, *, instance: VariantInstance, startup: float, download: float
    ) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
        """Return the variant as the endpoint's config has it.

        Args:
            instance: the instances.
            startup: the seconds that the container may take to become healthy.
            download: the seconds that the download of the model may take.
        """
        return sagemaker.CfnEndpointConfig.ProductionVariantProperty(
            variant_name=self._name,
            model_name=self._model.model_name,
            instance_type=instance.type_name,
            volume_size_in_gb=instance.volume_size,
            initial_instance_count=self._instance_count,
            initial_variant_weight=self._weight,
            container_startup_health_check_timeout_in_seconds=startup,
            model_data_download_timeout_in_seconds=download,
        )

    @property
    def _metric_dimensions(self) -> Mapping[str, str]:
        return {"EndpointName": self._endpoint_name, "VariantName": self._name}

    @property
    def _is_component(self) -> bool:
        return False


def instances_of(kind: Instances | Components) -> int:
    """Return the number of instances of an endpoint's first variant."""
    return kind.count if isinstance(kind, Instances) else 1
