"""A model as an inference component of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_optimization.checks.validation import is_unresolved

from .endpoint_update import EndpointUpdate
from .hosting import Components
from .optimized_model import OptimizedModel


class InferenceComponent(Construct):
    """The copies of a model on the instances of an endpoint.

    CloudFormation changes everything in place: a new artifact replaces the model alone, and SageMaker moves
    the copies to it. The name has no capitals, because AWS does not document whether SageMaker keeps them in
    the ARN, which is all that CloudFormation returns.

    Args:
        scope: the construct that this one belongs to.
        id: its id there.
        name: the component's name, without capitals.
        endpoint_name: the name of the endpoint.
        variant_name: the name of the endpoint's variant.
        model: the model.
        hosting: what each copy needs.
        accelerators: the accelerators of each copy.
        startup: the seconds that the container may take to become healthy.
        download: the seconds that the download of the model may take.
        tags: the component's tags.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        endpoint_name: str,
        variant_name: str,
        model: OptimizedModel,
        hosting: Components,
        accelerators: int,
        startup: float,
        download: float,
        tags: Sequence[cdk.CfnTag],
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._model = model
        self._hosting = hosting
        self._settings = {
            "NumberOfAcceleratorDevicesRequired": accelerators,
            "MinMemoryRequiredInMb": hosting.min_memory,
            "ContainerStartupHealthCheckTimeoutInSeconds": startup,
            "ModelDataDownloadTimeoutInSeconds": download,
        }
        component = sagemaker.CfnInferenceComponent
        self._resource = component(
            self,
            "Resource",
            inference_component_name=name,
            endpoint_name=endpoint_name,
            variant_name=variant_name,
            specification=component.InferenceComponentSpecificationProperty(
                # Always a model: a container here could have 16 variables only.
                model_name=model.model_name,
                startup_parameters=component.InferenceComponentStartupParametersProperty(
                    container_startup_health_check_timeout_in_seconds=startup,
                    model_data_download_timeout_in_seconds=download,
                ),
                compute_resource_requirements=component.InferenceComponentComputeResourceRequirementsProperty(
                    number_of_accelerator_devices_required=accelerators,
                    min_memory_required_in_mb=hosting.min_memory,
                ),
            ),
            runtime_config=component.InferenceComponentRuntimeConfigProperty(copy_count=copies_at(hosting)),
            tags=list(tags),
        )
        # The oldest CDK that the library supports has no properties for these.
        if hosting.cache is not None:
            self._override("Specification.DataCacheConfig", {"EnableCaching": hosting.cache})

    @property
    def name(self) -> str:
        """The component's name. A resource that uses it waits for the component."""
        return cdk.Fn.select(1, cdk.Fn.split("/", self._resource.ref))

    @property
    def name_without_reference(self) -> str:
        """The component's name, for what the component may have to wait for, such as an alarm."""
        return self._name

    @property
    def arn(self) -> str:
        """The component's ARN."""
        return self._resource.ref

    @property
    def model_name(self) -> str:
        """The name of the model that it serves."""
        return self._model.model_name

    @property
    def settings(self) -> Mapping[str, float]:
        """The numbers of its specification, by their names in the API."""
        return self._settings

    def scale(self, min_capacity: int) -> None:
        """Begin each deployment with the least number of copies that scaling may choose."""
        component = sagemaker.CfnInferenceComponent
        self._resource.runtime_config = component.InferenceComponentRuntimeConfigProperty(
            copy_count=copies_at(self._hosting, min_capacity)
        )

    def update_with(
        self,
        update: EndpointUpdate,
        alarms: Sequence[cloudwatch.IAlarm],
        capacity: tuple[int, int] | None,
    ) -> None:
        """Change the way in which the copies change to another model."""
        copies = copy_limits(self._hosting, capacity)
        self._override("DeploymentConfig", update.render_for_component(alarms, copies=copies))

    def _override(self, path: str, value: Any) -> None:
        self._resource.add_property_override(path, value)


def copies_at(hosting: Components, min_capacity: int = 1) -> int:
    """Return the number of copies that a deployment sets.

    Args:
        hosting: what the user chose.
        min_capacity: the least number of copies that scaling may choose.
    """
    if hosting.copies is not None:
        return hosting.copies
    return min_capacity if is_unresolved(min_capacity) else max(min_capacity, 1)


def copy_limits(hosting: Components, capacity: tuple[int, int] | None) -> tuple[int, int]:
    """Return the least number of copies that a deployment finds or sets, and the greatest.

    Args:
        hosting: what the user chose.
        capacity: the least and the greatest number of copies. None without scaling.
    """
    if capacity is None:
        return copies_at(hosting), copies_at(hosting)
    least, most = capacity
    if is_unresolved(least) or is_unresolved(most):
        return capacity
    count = copies_at(hosting, least)
    return min(count, max(least, 1)), max(count, most)


def instance_limits(hosting: Components, capacity: tuple[int, int] | None) -> tuple[int, int]:
    """Return the least and the greatest number of instances.

    Args:
        hosting: what the user chose.
        capacity: the least and the greatest number of copies. None without scaling.
    """
    least_copies, most_copies = (1, copies_at(hosting)) if capacity is None else capacity
    least = hosting.min_instances
    if least is None:
        least = 0 if least_copies == 0 else 1
    most = hosting.max_instances
    if most is None:
        # No copy needs more than an instance.
        most = most_copies if is_unresolved(most_copies) else max(most_copies, copies_at(hosting), least)
    return least, most
