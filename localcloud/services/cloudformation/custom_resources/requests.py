"""Requests of CloudFormation to the function behind a custom resource."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.services.cloudformation.template.intrinsics import as_text


def as_sent(value: Any) -> Any:
    """Property values as they arrive: every number and boolean is text, at any depth."""
    if isinstance(value, Mapping):
        return {key: as_sent(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [as_sent(item) for item in value if item is not None]
    return as_text(value)


@dataclass(frozen=True)
class CustomRequest:
    """One request to a custom resource.

    Attributes:
        kind: Create, Update or Delete.
        physical_id: None for a Create.
        old_properties: None for all but an Update.
    """

    kind: str
    stack_id: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    physical_id: str | None = None
    old_properties: Mapping[str, Any] | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def document(self, response_url: str, *, has_timeout: bool = True) -> dict[str, Any]:
        """The event that the function gets.

        Args:
            has_timeout: Whether the properties have the template's ServiceTimeout.
        """

        def sent(properties: Mapping[str, Any]) -> Any:
            return as_sent({k: v for k, v in properties.items() if has_timeout or k != "ServiceTimeout"})

        properties = sent(self.properties)
        document: dict[str, Any] = {
            "RequestType": self.kind,
            "ServiceToken": properties.get("ServiceToken"),
            "ResponseURL": response_url,
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_id,
        }
        if self.physical_id is not None:
            document["PhysicalResourceId"] = self.physical_id
        document["ResourceType"] = self.type
        document["ResourceProperties"] = properties
        if self.old_properties is not None:
            document["OldResourceProperties"] = sent(self.old_properties)
        return document
