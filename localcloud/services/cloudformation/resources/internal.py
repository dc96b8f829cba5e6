"""Types that need no service, and types that the local cloud does not know."""

from __future__ import annotations

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.stacks import Physical


class RecordOnlyProvider(Provider):
    """Types that make nothing: `AWS::CDK::Metadata`, and the handles of wait conditions."""

    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        name = generated_name(request.stack_name, request.logical_id, limit=128)
        if request.type == "AWS::CloudFormation::WaitConditionHandle":
            name = f"{request.site.endpoint_url}/cloudformation-waitcondition/{name}"
        return Physical(name, request.properties)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        return Physical(physical.physical_id, request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        """There is nothing to delete."""


class UnknownProvider(Provider):
    """A type that the local cloud has nothing for."""

    attributes = None

    def create(self, request: ResourceRequest) -> Physical:
        raise ResourceFailure(
            f"the local cloud cannot make resources of type {request.type}: neither it nor moto has a model"
            " that makes them and deletes them;"
            " leave the resource out of what is deployed here, for example by a condition or a context value"
        )

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        """There never was such a resource."""
