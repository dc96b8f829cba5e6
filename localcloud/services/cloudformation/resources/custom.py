"""Custom resources as a resource type."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.custom_resources.mailbox import CustomResources
from localcloud.services.cloudformation.custom_resources.requests import CustomRequest
from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure, TemplateError
from localcloud.services.cloudformation.names import invented_physical_id
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.stacks import Physical


class CustomResourceProvider(Provider):
    """`Custom::…` and `AWS::CloudFormation::CustomResource`: a function makes the resource."""

    attributes = None
    taggable = False
    settle_seconds = 0.0

    def __init__(self, mailbox: CustomResources) -> None:
        self._mailbox = mailbox

    def create(self, request: ResourceRequest) -> Physical:
        invented = invented_physical_id(request.stack_name, request.logical_id)
        try:
            physical = self._ask(request, "Create")
        except ResourceFailure as error:
            # It is unknown what the function has made, so the rollback sends a Delete, if need be with an
            # invented id.
            raise ResourceFailure(error.reason, error.physical_id or invented) from error
        except Cancelled as error:
            raise Cancelled(invented) from error
        request.initiated(physical.physical_id)
        return physical

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        if request.properties.get("ServiceToken") != physical.properties.get("ServiceToken"):
            raise ResourceFailure("Modifying service token is not allowed.")
        return self._ask(request, "Update", physical)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self._ask(request, "Delete", physical)

    def attribute(self, physical: Physical, name: str) -> Any:
        if name not in physical.attributes:
            if physical.handle is None:
                # It was taken from a request that failed, whose response has no attributes.
                raise TemplateError(
                    f"CustomResource attribute error: {physical.physical_id} comes from a request that"
                    f" failed, so it has no {name}"
                )
            stack_id, logical_id, request_id = physical.handle
            raise TemplateError(
                f"CustomResource attribute error: Vendor response doesn't contain {name} key in object"
                f" {stack_id}|{logical_id}|{request_id} in S3 bucket"
                f" cloudformation-custom-resource-storage-{stack_id.split(':')[3].replace('-', '')}"
            )
        return physical.attributes[name]

    def _ask(self, request: ResourceRequest, kind: str, physical: Physical | None = None) -> Physical:
        custom = CustomRequest(
            kind=kind,
            stack_id=request.stack_id,
            logical_id=request.logical_id,
            type=request.type,
            properties=request.properties,
            physical_id=None if physical is None else physical.physical_id,
            old_properties=request.old_properties if kind == "Update" else None,
        )
        verdict = self._mailbox.send(custom, request.work)
        if verdict.failure is not None:
            raise ResourceFailure(verdict.failure, verdict.physical_id)
        assert verdict.physical_id is not None
        return Physical(
            verdict.physical_id,
            request.properties,
            attributes=verdict.data,
            handle=(request.stack_id, request.logical_id, custom.request_id),
            no_echo=verdict.no_echo,
        )
