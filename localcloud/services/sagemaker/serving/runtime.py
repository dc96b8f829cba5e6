"""InvokeEndpoint: it says which model would respond."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.services.sagemaker.serving.component import Component
from localcloud.services.sagemaker.serving.containers import artifacts, containers
from localcloud.services.sagemaker.serving.endpoint import Endpoint, Status
from localcloud.services.sagemaker.serving.resources import Kind, Resource
from localcloud.services.sagemaker.serving.service import ServingService

_NO_CAPACITY = (
    "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress "
    "(if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API."
)


class RuntimeService:
    """Requests for predictions.

    Args:
        count: Puts one datum of a metric of `AWS/SageMaker`.
    """

    service = "sagemaker-runtime"
    operations: frozenset[str] | None = frozenset({"InvokeEndpoint"})

    def __init__(self, serving: ServingService, count: Callable[[str, dict[str, str]], None]) -> None:
        self._serving = serving
        self._count = count

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        serving = self._serving
        with serving.lock:
            endpoint = serving.shelf.get(serving.arn(Kind.ENDPOINT, parameters["EndpointName"]))
            if not isinstance(endpoint, Endpoint) or not endpoint.is_serving:
                raise _refused(
                    f"Endpoint {parameters['EndpointName']} of account {request.account} not found."
                )
            fleet = endpoint.serving()
            if all(variant.hosts_components for variant in fleet.variants):
                component = self._component(endpoint, parameters)
                dimensions = {"InferenceComponentName": component.name}
                has_capacity = component.copies > 0
                body = {"InferenceComponentName": component.name, **_served(component.model)}
                variant_name = component.variant_name
            else:
                weights = {variant.name: variant.weight for variant in fleet.variants}
                variant_name = parameters.get("TargetVariant") or fleet.traffic.choose(weights)
                variant = fleet.variant(variant_name)
                if variant is None:
                    raise _refused(f"Variant {variant_name} was not found for endpoint {endpoint.name}.")
                dimensions = {"EndpointName": endpoint.name, "VariantName": variant_name}
                has_capacity = True
                body = {"VariantName": variant_name, **_served(variant.model)}
            body |= {"EndpointName": endpoint.name, "EndpointConfigName": fleet.config.name}
        self._count("Invocations" if has_capacity else "NoCapacityInvocationFailures", dimensions)
        if not has_capacity:
            raise _refused(_NO_CAPACITY)
        return {
            "Body": json.dumps(body).encode(),
            "ContentType": "application/json",
            "InvokedProductionVariant": variant_name,
        }

    def _component(self, endpoint: Endpoint, parameters: Mapping[str, Any]) -> Component:
        name = parameters.get("InferenceComponentName")
        if name is None:
            raise _refused(
                "Inference Component Name header is required for endpoints to which you plan to deploy "
                "inference components. Please include Inference Component Name header or consider using "
                "SageMaker models."
            )
        found = self._serving.shelf.get(self._serving.arn(Kind.COMPONENT, name))
        if (
            not isinstance(found, Component)
            or found.endpoint is not endpoint
            or found.status in (Status.CREATING, Status.FAILED, Status.DELETING)
        ):
            raise _refused(f"Inference Component {name} of endpoint {endpoint.name} not found.")
        return found


def _served(model: Resource | None) -> dict[str, Any]:
    """What would respond: the images, and the artifacts by their channels."""
    if model is None:
        return {}
    first, *_ = containers(model.request)
    data = artifacts(first)
    return {
        "ModelName": model.name,
        "Image": first.get("Image"),
        "Artifact": data.pop("", None),
        "AdditionalArtifacts": data,
        "Environment": first.get("Environment", {}),
    }


def _refused(message: str) -> ApiError:
    return ApiError("ValidationError", message)
