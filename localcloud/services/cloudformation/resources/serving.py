"""Serving of models: SageMaker models, endpoint configurations, endpoints and inference components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure
from localcloud.services.cloudformation.names import short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, pick, without
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.work import FOREVER

_POLL_SECONDS = 30.0


class SageMakerProvider(ApiProvider):
    """A SageMaker resource whose Ref is its ARN."""

    service = "sagemaker"
    tagging = ("list_tags", "add_tags", "delete_tags")
    tagged = named(ResourceArn="{ref}")


class _ServingProvider(SageMakerProvider):
    """A SageMaker resource that calls name without its ARN."""

    changeable: frozenset[str] | None = frozenset({"Tags"})

    def name(self, request: ResourceRequest) -> str:
        return str(request.properties.get(self.identity) or short_name(request.logical_id))

    def which(self, physical_id: str) -> dict[str, str]:
        return {self.identity: _name(physical_id)}


class ModelProvider(_ServingProvider):
    """`AWS::SageMaker::Model`."""

    creates, deletes, ref = "create_model", "delete_model", "{ModelArn}"
    identity = name_property = "ModelName"
    attributes = named(Id="{ref}", ModelArn="{ref}", ModelName="{name}")


class EndpointConfigProvider(_ServingProvider):
    """`AWS::SageMaker::EndpointConfig`."""

    creates, deletes, ref = "create_endpoint_config", "delete_endpoint_config", "{EndpointConfigArn}"
    identity = name_property = "EndpointConfigName"
    attributes = named(EndpointConfigArn="{ref}", EndpointConfigName="{name}", Id="{ref}")

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        wanted = super().parameters(request, takes)
        return {**wanted, "ProductionVariants": [_with_names(each) for each in wanted["ProductionVariants"]]}


class _StableProvider(_ServingProvider):
    """A resource that CloudFormation waits for until it is InService.

    Attributes:
        kind: As members are called after it.
        shows: The operation that describes it.
        minutes: The longest times of a create and of an update, as the resource type's schema has them.
    """

    changeable = None
    kind: str
    shows: str
    minutes: tuple[int, int]

    def create(self, request: ResourceRequest) -> Physical:
        made = super().create(request)
        try:
            self._wait(request, made)
        except Cancelled as error:
            raise Cancelled(made.physical_id) from error
        return made

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        # Nothing that is in progress can be deleted.
        if self._settled(request, physical) is None:
            return
        super().delete(request, physical)
        while self._describe(request, physical) is not None:
            request.work.pause(_POLL_SECONDS)

    def _describe(self, request: ResourceRequest, physical: Physical) -> dict[str, Any] | None:
        return self.call_if_there(request, self.shows, **self.which(physical.physical_id))

    def _settled(
        self, request: ResourceRequest, physical: Physical, seconds: float = FOREVER
    ) -> dict[str, Any] | None:
        """Wait until nothing is in progress; return the description, None if the resource is gone."""
        until = request.site.clock.time() + seconds
        while True:
            described = self._describe(request, physical)
            if described is None or described[f"{self.kind}Status"] in ("InService", "Failed"):
                return described
            if request.site.clock.time() >= until:
                raise ResourceFailure("Exceeded attempts to wait", physical.physical_id)
            request.work.pause(_POLL_SECONDS)

    def _is_new(self, request: ResourceRequest) -> bool:
        """Decide whether more than its tags changes."""
        return without(request.properties, "Tags") != without(request.old_properties, "Tags")

    def _wait(self, request: ResourceRequest, physical: Physical) -> None:
        limit = self.minutes[bool(request.old_properties)]
        described = self._settled(request, physical, limit * 60)
        if described is None:
            raise ResourceFailure(f"{self.kind} {physical.physical_id} was deleted", physical.physical_id)
        is_back = "FailureReason" in described and request.site.dialect.cloudformation_notices_rollback
        if described[f"{self.kind}Status"] == "Failed" or is_back:
            reason = described.get("FailureReason", "")
            raise ResourceFailure(
                f"Resource handler returned message: \"Resource of type '{request.type}' with identifier"
                f" '{physical.physical_id}' did not stabilize.\" (Reason: {reason})",
                physical.physical_id,
            )


class EndpointProvider(_StableProvider):
    """`AWS::SageMaker::Endpoint`. A new configuration is taken over in place."""

    creates, deletes, ref = "create_endpoint", "delete_endpoint", "{EndpointArn}"
    identity = name_property = "EndpointName"
    kind, shows = "Endpoint", "describe_endpoint"
    takes = ("DeploymentConfig", "EndpointConfigName")
    changes = (
        *takes,
        "ExcludeRetainedVariantProperties",
        "RetainAllVariantProperties",
        "RetainDeploymentConfig",
    )
    attributes = named(EndpointArn="{ref}", EndpointName="{name}")
    fixed = frozenset({"EndpointName"})
    minutes = (160, 970)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self._settled(request, physical)
        if self._is_new(request) and not self._runs_already(request, physical):
            wanted = self.parameters(request, self.changes)
            self.call(request, "update_endpoint", **self.which(physical.physical_id), **wanted)
            self._wait(request, physical)
        return super().update(request, physical)

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        wanted = super().parameters(request, takes)
        return {**wanted, "EndpointConfigName": _name(wanted["EndpointConfigName"])}

    def _runs_already(self, request: ResourceRequest, physical: Physical) -> bool:
        """Decide whether the API would refuse the update because the endpoint is as it is wanted."""
        if request.site.dialect.update_to_same_config == "accepted":
            return False
        described, config = self._describe(request, physical), _name(request.properties["EndpointConfigName"])
        return described is not None and described["EndpointConfigName"].lower() == config.lower()


class InferenceComponentProvider(_StableProvider):
    """`AWS::SageMaker::InferenceComponent`. Nothing replaces it, not even another name or endpoint."""

    creates, deletes = "create_inference_component", "delete_inference_component"
    ref = "{InferenceComponentArn}"
    identity = name_property = "InferenceComponentName"
    kind, shows = "InferenceComponent", "describe_inference_component"
    takes = ("EndpointName", "RuntimeConfig", "Specification", "VariantName")
    attributes = named(InferenceComponentArn="{ref}")
    minutes = (120, 490)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        if self._is_new(request):
            present = self._settled(request, physical)
            if present is not None:
                self._check_place(request, present)
            wanted = self.parameters(request, ("DeploymentConfig", "RuntimeConfig", "Specification"))
            self.call(request, "update_inference_component", **self.which(physical.physical_id), **wanted)
            self._wait(request, physical)
        return super().update(request, physical)

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        wanted = super().parameters(request, takes)
        wanted |= {"EndpointName": _name(wanted["EndpointName"])} if "EndpointName" in wanted else {}
        return {**wanted, "Specification": _with_names(wanted["Specification"])}

    def _check_place(self, request: ResourceRequest, present: Mapping[str, Any]) -> None:
        """Raise ResourceFailure for a change that the API knows no way to make."""
        place = ("EndpointName", "InferenceComponentName", "VariantName")
        wanted = pick(request.properties, *place)
        wanted["EndpointName"] = _name(wanted["EndpointName"])
        for name, value in wanted.items():
            if value != present[name]:
                raise ResourceFailure(f"{name} of an inference component cannot be changed")


def _with_names(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties with the name of a model where a Ref has its ARN."""
    named = dict(properties)
    if "ModelName" in named:
        named["ModelName"] = _name(named["ModelName"])
    return named


def _name(name_or_arn: object) -> str:
    """A Ref of these types is an ARN, and where a name is wanted, CloudFormation takes it too."""
    return str(name_or_arn).rpartition("/")[2]
