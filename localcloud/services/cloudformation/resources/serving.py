"""Serving of models: SageMaker models, endpoint configurations, endpoints and inference components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure
from localcloud.services.cloudformation.names import short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    pick,
    plain_tags,
    retag,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.work import FOREVER

_POLL_SECONDS = 30.0


class _ServingProvider(ApiProvider):
    """A SageMaker resource whose Ref is its ARN.

    Attributes:
        kind: As the API's operations and members are called after it.
    """

    changeable: frozenset[str] | None = frozenset({"Tags"})
    service = "sagemaker"
    kind: str

    def create(self, request: ResourceRequest) -> Physical:
        name = str(request.properties.get(self._member) or short_name(request.logical_id))
        wanted = {**self._wanted(request), self._member: name, "Tags": tag_list(plain_tags(request))}
        arn = str(self.call(request, f"create_{self._snake}", **wanted)[f"{self.kind}Arn"])
        request.initiated(arn)
        attributes = {each: name if each == self._member else arn for each in self.attributes or ()}
        made = Physical(arn, request.properties, attributes)
        try:
            self._wait(request, made)
        except Cancelled as error:
            raise Cancelled(arn) from error
        return made

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        arn = physical.physical_id
        retag(
            plain_tags(request),
            [tag["Key"] for tag in self.call(request, "list_tags", ResourceArn=arn)["Tags"]],
            lambda tags: self.call(request, "add_tags", ResourceArn=arn, Tags=tag_list(tags)),
            lambda keys: self.call(request, "delete_tags", ResourceArn=arn, TagKeys=keys),
        )
        return Physical(arn, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, f"delete_{self._snake}", **self._which(physical))

    @property
    def _member(self) -> str:
        return f"{self.kind}Name"

    @property
    def _snake(self) -> str:
        return {"EndpointConfig": "endpoint_config", "InferenceComponent": "inference_component"}.get(
            self.kind, self.kind.lower()
        )

    def _which(self, physical: Physical) -> dict[str, str]:
        return {self._member: physical.physical_id.rpartition("/")[2]}

    def _wanted(self, request: ResourceRequest) -> dict[str, Any]:
        return without(request.properties, self._member, "Tags")

    def _wait(self, request: ResourceRequest, physical: Physical) -> None:
        """Wait until a new resource is ready. Raises ResourceFailure."""


class ModelProvider(_ServingProvider):
    """`AWS::SageMaker::Model`."""

    kind = "Model"
    name_property = "ModelName"
    attributes = frozenset({"Id", "ModelArn", "ModelName"})


class EndpointConfigProvider(_ServingProvider):
    """`AWS::SageMaker::EndpointConfig`."""

    kind = "EndpointConfig"
    name_property = "EndpointConfigName"
    attributes = frozenset({"EndpointConfigArn", "EndpointConfigName", "Id"})

    def _wanted(self, request: ResourceRequest) -> dict[str, Any]:
        wanted = super()._wanted(request)
        wanted["ProductionVariants"] = [_with_names(each) for each in wanted["ProductionVariants"]]
        return wanted


class _StableProvider(_ServingProvider):
    """A resource that CloudFormation waits for until it is InService.

    Attributes:
        minutes: The longest times of a create and of an update, as the resource type's schema has them.
    """

    changeable = None
    minutes: tuple[int, int]

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        # Nothing that is in progress can be deleted.
        if self._settled(request, physical) is None:
            return
        super().delete(request, physical)
        while self._describe(request, physical) is not None:
            request.work.pause(_POLL_SECONDS)

    def _describe(self, request: ResourceRequest, physical: Physical) -> dict[str, Any] | None:
        return self.call_if_there(request, f"describe_{self._snake}", **self._which(physical))

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

    fixed = frozenset({"EndpointName"})
    minutes = (160, 970)
    kind = "Endpoint"
    name_property = "EndpointName"
    attributes = frozenset({"EndpointArn", "EndpointName"})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        wanted = pick(
            request.properties,
            "DeploymentConfig",
            "ExcludeRetainedVariantProperties",
            "RetainAllVariantProperties",
            "RetainDeploymentConfig",
        )
        config = _name(request.properties["EndpointConfigName"])
        self._settled(request, physical)
        if self._is_new(request) and not self._runs_already(request, physical, config):
            self.call(
                request, "update_endpoint", **self._which(physical), EndpointConfigName=config, **wanted
            )
            self._wait(request, physical)
        return super().update(request, physical)

    def _runs_already(self, request: ResourceRequest, physical: Physical, config: str) -> bool:
        """Decide whether the API would refuse the update because the endpoint is as it is wanted."""
        if request.site.dialect.update_to_same_config == "accepted":
            return False
        described = self._describe(request, physical)
        return described is not None and described["EndpointConfigName"].lower() == config.lower()

    def _wanted(self, request: ResourceRequest) -> dict[str, Any]:
        wanted = pick(request.properties, "DeploymentConfig")
        return {**wanted, "EndpointConfigName": _name(request.properties["EndpointConfigName"])}


class InferenceComponentProvider(_StableProvider):
    """`AWS::SageMaker::InferenceComponent`. Nothing replaces it, not even another name or endpoint."""

    minutes = (120, 490)
    kind = "InferenceComponent"
    name_property = "InferenceComponentName"
    attributes = frozenset({"InferenceComponentArn"})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        if self._is_new(request):
            present = self._settled(request, physical)
            if present is not None:
                self._check_place(request, present)
            wanted = without(self._wanted(request), "EndpointName", "VariantName")
            wanted |= pick(request.properties, "DeploymentConfig")
            self.call(request, "update_inference_component", **self._which(physical), **wanted)
            self._wait(request, physical)
        return super().update(request, physical)

    def _check_place(self, request: ResourceRequest, present: Mapping[str, Any]) -> None:
        """Raise ResourceFailure for a change that the API knows no way to make."""
        wanted = {**present, **pick(request.properties, "InferenceComponentName"), **self._wanted(request)}
        for name in ("EndpointName", "InferenceComponentName", "VariantName"):
            if wanted[name] != present[name]:
                raise ResourceFailure(f"{name} of an inference component cannot be changed")

    def _wanted(self, request: ResourceRequest) -> dict[str, Any]:
        wanted = pick(request.properties, "EndpointName", "RuntimeConfig", "VariantName")
        wanted["Specification"] = _with_names(request.properties["Specification"])
        wanted["EndpointName"] = _name(wanted["EndpointName"])
        return wanted


def _with_names(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties with the name of a model where a Ref has its ARN."""
    named = dict(properties)
    if "ModelName" in named:
        named["ModelName"] = _name(named["ModelName"])
    return named


def _name(name_or_arn: object) -> str:
    """A Ref of these types is an ARN, and where a name is wanted, CloudFormation takes it too."""
    return str(name_or_arn).rpartition("/")[2]
