"""SageMaker models and endpoints."""

from __future__ import annotations

from localcloud.services.cloudformation.names import short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    own_tags,
    pick,
    retag,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical


class _ServingProvider(ApiProvider):
    """A SageMaker resource whose Ref is its ARN.

    Attributes:
        kind: As the API's operations and members are called after it.
    """

    changeable: frozenset[str] | None = frozenset({"Tags"})
    service = "sagemaker"
    kind: str

    def create(self, request: ResourceRequest) -> Physical:
        property_name = f"{self.kind}Name"
        name = str(request.properties.get(property_name) or short_name(request.logical_id))
        created = self.call(
            request,
            f"create_{_snake(self.kind)}",
            **{property_name: name},
            Tags=tag_list(own_tags(request)),
            **self._wanted(request),
        )
        return Physical(created[f"{self.kind}Arn"], request.properties, {property_name: name})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        arn = physical.physical_id
        retag(
            own_tags(request),
            [tag["Key"] for tag in self.call(request, "list_tags", ResourceArn=arn)["Tags"]],
            lambda tags: self.call(request, "add_tags", ResourceArn=arn, Tags=tag_list(tags)),
            lambda keys: self.call(request, "delete_tags", ResourceArn=arn, TagKeys=keys),
        )
        return Physical(arn, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        property_name = f"{self.kind}Name"
        which = {property_name: physical.attributes[property_name]}
        self.call_if_there(request, f"delete_{_snake(self.kind)}", **which)

    def _wanted(self, request: ResourceRequest) -> dict[str, object]:
        return without(request.properties, f"{self.kind}Name", "Tags")


class ModelProvider(_ServingProvider):
    """`AWS::SageMaker::Model`."""

    kind = "Model"
    name_property = "ModelName"
    attributes = frozenset({"ModelName"})


class EndpointConfigProvider(_ServingProvider):
    """`AWS::SageMaker::EndpointConfig`."""

    kind = "EndpointConfig"
    name_property = "EndpointConfigName"
    attributes = frozenset({"EndpointConfigName"})

    def create(self, request: ResourceRequest) -> Physical:
        _accept_every_instance_type()
        return super().create(request)


class EndpointProvider(_ServingProvider):
    """`AWS::SageMaker::Endpoint`. A new configuration is taken over in place."""

    changeable = None
    fixed = frozenset({"EndpointName"})
    kind = "Endpoint"
    name_property = "EndpointName"
    attributes = frozenset({"EndpointName"})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        configuration = "EndpointConfigName"
        if request.properties[configuration] != request.old_properties.get(configuration):
            # moto has no UpdateEndpoint, but its CreateEndpoint puts the new one in the place of the old.
            name = physical.attributes["EndpointName"]
            self.call(request, "create_endpoint", EndpointName=name, **self._wanted(request))
        return super().update(request, physical)

    def _wanted(self, request: ResourceRequest) -> dict[str, object]:
        wanted = pick(request.properties, "DeploymentConfig")
        return {**wanted, "EndpointConfigName": _name(request.properties["EndpointConfigName"])}


def _name(name_or_arn: object) -> str:
    """A Ref of these types is an ARN, and where a name is wanted, CloudFormation takes it too."""
    return str(name_or_arn).rpartition("/")[2]


def _snake(kind: str) -> str:
    return {"EndpointConfig": "endpoint_config"}.get(kind, kind.lower())


def _accept_every_instance_type() -> None:
    """Have moto accept instance types that are newer than its list."""
    from moto.sagemaker.models import FakeEndpointConfig

    def accept(self: FakeEndpointConfig, instance_type: str) -> None:
        """Nothing to refuse."""

    FakeEndpointConfig.validate_instance_type = accept  # type: ignore[method-assign]
