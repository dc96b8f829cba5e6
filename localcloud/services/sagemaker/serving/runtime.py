"""InvokeEndpoint and InvokeEndpointAsync: they say which model would respond."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.faults import Faults
from localcloud.services.sagemaker.listing import moment
from localcloud.services.sagemaker.serving.component import Component
from localcloud.services.sagemaker.serving.containers import artifacts, containers
from localcloud.services.sagemaker.serving.endpoint import Endpoint, Fleet, Status, Variant
from localcloud.services.sagemaker.serving.faults import RequestFault
from localcloud.services.sagemaker.serving.files import Files, Request
from localcloud.services.sagemaker.serving.resources import Kind, Resource
from localcloud.services.sagemaker.serving.service import ServingService

_NO_CAPACITY = (
    "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress "
    "(if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API."
)
_MODEL_ERROR = 'Received server error (500) from primary with message "Internal Server Error".'

_LATENCY = 0.5
"""The seconds that a model takes for a request."""


class RuntimeService:
    """Requests for predictions.

    Args:
        now: The clock's time.
        count: Puts one datum of a metric of `AWS/SageMaker`.
        faults: The faults of requests.
    """

    service = "sagemaker-runtime"
    operations: frozenset[str] | None = frozenset({"InvokeEndpoint", "InvokeEndpointAsync"})

    def __init__(
        self,
        serving: ServingService,
        files: Files,
        now: Callable[[], float],
        count: Callable[[str, dict[str, str], float], None],
        faults: Faults[RequestFault],
    ) -> None:
        self._faults = faults
        self._serving = serving
        self._files = files
        self._now = now
        self._count = count
        self._waiting: list[tuple[Endpoint, Request]] = []
        self._minute = 0

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        with self._serving.lock:
            endpoint = self._endpoint(parameters["EndpointName"], request.account)
            assert endpoint.fleet is not None
            config = endpoint.fleet.config.request.get("AsyncInferenceConfig")
            is_async = config is not None
            if is_async is not (request.operation == "InvokeEndpointAsync"):
                kind = "asynchronous" if is_async else "not asynchronous"
                raise _refused(f"Endpoint {endpoint.name} is {kind}, and cannot be invoked so.")
            if config is not None:
                return self._accept(endpoint, config["OutputConfig"], request)
            return self._respond(endpoint, parameters)

    def work_off(self, now: float) -> None:
        """Carry the waiting requests out whose endpoints have an instance."""
        if not self._waiting:
            return
        with self._serving.lock:
            waiting, self._waiting = self._waiting, []
            for endpoint, request in waiting:
                if endpoint.fleet is None or not any(each.count for each in endpoint.fleet.variants):
                    self._waiting.append((endpoint, request))
                else:
                    self._carry_out(endpoint, request)
            starving = {endpoint.name for endpoint, _ in self._waiting}
        if int(now // 60) != self._minute:
            self._minute = int(now // 60)
            for name in starving:
                self._count("HasBacklogWithoutCapacity", {"EndpointName": name}, 1)

    def clear(self) -> None:
        """Forget every request."""
        self._waiting.clear()

    # --- at once --------------------------------------------------------------------------------------------

    def _respond(self, endpoint: Endpoint, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        fleet = endpoint.serving()
        if all(variant.hosts_components for variant in fleet.variants):
            component = self._component(endpoint, parameters)
            dimensions = {"InferenceComponentName": component.name}
            if not component.copies:
                self._count("NoCapacityInvocationFailures", dimensions, 1)
                raise _refused(_NO_CAPACITY)
            variant_name, model = component.variant_name, component.model
        else:
            variant = _variant(endpoint, fleet, parameters.get("TargetVariant"))
            variant_name, model = variant.name, variant.model
            dimensions = {"VariantName": variant_name}
        body = {**dimensions, **_served(endpoint, fleet, model)}
        # A component's metrics have its name alone.
        place = (
            dimensions
            if "InferenceComponentName" in dimensions
            else {"EndpointName": endpoint.name, **dimensions}
        )
        self._count("Invocations", place, 1)
        fault = self._faults.take(lambda each: each.fits(endpoint.name))
        if fault is not None and fault.seconds is None:
            self._count("Invocation5XXErrors", place, 1)
            raise ApiError("ModelError", _MODEL_ERROR, 424)
        self._count("ModelLatency", place, (_LATENCY if fault is None else fault.seconds or 0) * 1_000_000)
        self._files.capture(endpoint, fleet, model, f"{variant_name}/{moment(self._now()):%Y/%m/%d/%H}", body)
        return {
            "Body": json.dumps(body).encode(),
            "ContentType": "application/json",
            "InvokedProductionVariant": variant_name,
        }

    def _endpoint(self, name: str, account: str) -> Endpoint:
        found = self._serving.shelf.get(self._serving.arn(Kind.ENDPOINT, name))
        if not isinstance(found, Endpoint) or not found.is_serving:
            raise _refused(f"Endpoint {name} of account {account} not found.")
        return found

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

    # --- later ----------------------------------------------------------------------------------------------

    def _accept(
        self, endpoint: Endpoint, output: Mapping[str, Any], request: ApiRequest
    ) -> Mapping[str, Any]:
        number = request.parameters.get("InferenceId") or request.request_id
        failures = output.get("S3FailurePath")
        accepted = Request(
            number,
            request.parameters["InputLocation"],
            f"{output['S3OutputPath'].rstrip('/')}/{number}.out",
            f"{failures.rstrip('/')}/{number}-error.out" if failures else "",
        )
        self._waiting.append((endpoint, accepted))
        self.work_off(self._now())
        shown = {"InferenceId": number, "OutputLocation": accepted.output}
        return {**shown, **({"FailureLocation": accepted.failure} if failures else {})}

    def _carry_out(self, endpoint: Endpoint, request: Request) -> None:
        fleet = endpoint.serving()
        variant = _variant(endpoint, fleet, None)
        body = {"VariantName": variant.name, **_served(endpoint, fleet, variant.model)}
        self._files.respond(endpoint, fleet, variant.model, request, json.dumps(body).encode())


def _variant(endpoint: Endpoint, fleet: Fleet, wanted: str | None) -> Variant:
    """The variant that serves a request. Raises ApiError if the wanted one is not there."""
    name = wanted or fleet.traffic.choose({variant.name: variant.weight for variant in fleet.variants})
    found = fleet.variant(name)
    if found is None:
        raise _refused(f"Variant {name} was not found for endpoint {endpoint.name}.")
    return found


def _served(endpoint: Endpoint, fleet: Fleet, model: Resource | None) -> dict[str, Any]:
    """The model that responds: its image, and its artifacts by their channels."""
    shown = {"EndpointName": endpoint.name, "EndpointConfigName": fleet.config.name}
    if model is None:
        return shown
    first, *_ = containers(model.request)
    data = artifacts(first)
    return {
        **shown,
        "ModelName": model.name,
        "Image": first.get("Image"),
        "Artifact": data.pop("", None),
        "AdditionalArtifacts": data,
        "Environment": first.get("Environment", {}),
    }


def _refused(message: str) -> ApiError:
    return ApiError("ValidationError", message)
