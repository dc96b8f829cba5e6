"""Responses of a function to CloudFormation, and CloudFormation's verdict on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.services.cloudformation.custom_resources.requests import CustomRequest

MAXIMUM_BYTES = 4096


@dataclass(frozen=True)
class Response:
    """One response as it arrived at a response URL.

    Attributes:
        kind: Of the request: Create, Update or Delete.
        body: The document; None if it was no JSON.
        size: In bytes.
        late: Whether CloudFormation had stopped waiting for it.
        number: 1 for the first response to its request.
        time: In clock seconds since 1970.
    """

    kind: str
    stack_id: str
    logical_id: str
    request_id: str
    body: Mapping[str, Any] | None
    size: int
    late: bool
    number: int
    time: float


@dataclass(frozen=True)
class Verdict:
    """The meaning of a response for the resource.

    Attributes:
        failure: The reason as the events show it; None for a success.
    """

    physical_id: str | None
    failure: str | None
    data: Mapping[str, Any] = field(default_factory=dict)
    no_echo: bool = False


TOO_LONG = Verdict(None, "Response object is too long.")
"""The verdict on a response with more bytes than CloudFormation reads: the resource has failed."""


def parsed(body: bytes) -> dict[str, Any] | None:
    """Return the document of a response; None if it is not a JSON object."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def judge(document: Mapping[str, Any] | None, request: CustomRequest) -> Verdict:
    """Return the verdict on a response."""
    if document is None:
        return Verdict(None, "Response is not valid JSON")
    if not document.get("Status"):
        return Verdict(None, "Vendor response doesn't contain Status")
    physical_id = document.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not physical_id or len(physical_id) > 1024:
        return Verdict(None, "Invalid PhysicalResourceId")
    expected = {
        "StackId": request.stack_id,
        "RequestId": request.request_id,
        "LogicalResourceId": request.logical_id,
    }
    for name, value in expected.items():
        if name not in document:
            return Verdict(physical_id, f"Vendor response doesn't contain {name}")
        if document[name] != value:
            return Verdict(physical_id, f"Invalid {name}")
    status = document["Status"]
    if status == "FAILED":
        reason = document.get("Reason")
        if not reason:
            return Verdict(physical_id, "Vendor response doesn't contain Reason")
        told = f"Message returned: {reason} (RequestId: {request.request_id})"
        return Verdict(physical_id, f"Received response status [FAILED] from custom resource. {told}")
    if status != "SUCCESS":
        return Verdict(physical_id, f"Invalid Status {status}")
    data = document.get("Data") or {}
    if not isinstance(data, dict):
        return Verdict(physical_id, "Invalid Data: it must be a list of name-value pairs")
    return Verdict(physical_id, None, data, str(document.get("NoEcho", False)).lower() == "true")
