"""Calling AWS APIs with a template's properties."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.template.intrinsics import as_text

NOT_FOUND_WORDS = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")


class ApiProvider(Provider):
    """Makes resources by calling a service's API, as the account's administrator.

    Attributes:
        service: botocore's name of the service.
        name_limit: The length of the names that CloudFormation makes up.
        name_in_lower_case: Whether these names have no capitals.
    """

    service: str
    name_limit: int = 64
    name_in_lower_case: bool = False

    def name(self, request: ResourceRequest) -> str:
        """Return the name in the template, or one that CloudFormation makes up."""
        given = request.properties.get(self.name_property or "")
        limit, lower = self.name_limit, self.name_in_lower_case
        return str(given or generated_name(request.stack_name, request.logical_id, limit=limit, lower=lower))

    def call(self, request: ResourceRequest, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation (in botocore's snake case). Raises ResourceFailure.

        Strings are converted to the types that the operation takes.
        """
        client = request.client(self.service)
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        typed = coerce(parameters, model.input_shape)
        try:
            response: dict[str, Any] = getattr(client, operation)(**typed)
        except ClientError as error:
            raise ResourceFailure(_described(error, client.meta.service_model.service_id)) from error
        except BotoCoreError as error:
            raise ResourceFailure(
                f"Properties validation failed for resource {request.logical_id}: {error}"
            ) from error
        return response

    def call_if_there(
        self, request: ResourceRequest, operation: str, **parameters: Any
    ) -> dict[str, Any] | None:
        """As `call`, but return None if the resource does not exist (any more)."""
        try:
            return self.call(request, operation, **parameters)
        except ResourceFailure as failure:
            cause = failure.__cause__
            if isinstance(cause, ClientError) and _says_not_found(cause):
                return None
            raise


def _says_not_found(error: ClientError) -> bool:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return any(word in code for word in NOT_FOUND_WORDS) or message.startswith("Could not find")


def coerce(value: Any, shape: Shape | None) -> Any:
    """A template's value in the types (and with the first letters) of a botocore shape."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        if getattr(shape, "is_document_type", False):
            return value
        return {
            _member(name, shape): coerce(item, shape.members.get(_member(name, shape)))
            for name, item in value.items()
        }
    if isinstance(shape, ListShape):
        return [coerce(item, shape.member) for item in (value if isinstance(value, list) else [value])]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {as_text(name): coerce(item, shape.value) for name, item in value.items()}
    kind = None if shape is None else shape.type_name
    if kind == "string":
        return json.dumps(value) if isinstance(value, dict | list) else as_text(value)
    if kind in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if kind in ("float", "double") and isinstance(value, str):
        return float(value)
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _member(name: str, shape: StructureShape) -> str:
    if name in shape.members:
        return name
    lowered = name[:1].lower() + name[1:]
    return lowered if lowered in shape.members else name


def _described(error: ClientError, service: str) -> str:
    details = error.response
    metadata = details.get("ResponseMetadata", {})
    return (
        f'Resource handler returned message: "{details["Error"].get("Message") or details["Error"]["Code"]}'
        f" (Service: {service}, Status Code: {metadata.get('HTTPStatusCode')}, Request ID:"
        f' {metadata.get("RequestId")})"'
        f" (HandlerErrorCode: {details['Error']['Code']})"
    )


def pick(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return those of the named properties that are there."""
    return {name: properties[name] for name in names if name in properties}


def without(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """All properties but these."""
    return {name: value for name, value in properties.items() if name not in names}


def own_tags(request: ResourceRequest) -> dict[str, str]:
    """A resource's tags: the stack's and those that CloudFormation adds, then the resource's own."""
    given = request.properties.get("Tags") or ()
    pairs = given.items() if isinstance(given, Mapping) else ((tag["Key"], tag["Value"]) for tag in given)
    return {**request.tags, **{as_text(key): as_text(value) for key, value in pairs}}


def plain_tags(request: ResourceRequest) -> dict[str, str]:
    """As `own_tags`, for services that keep the names that begin with "aws:" to themselves."""
    return {name: text for name, text in own_tags(request).items() if not name.startswith("aws:")}


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as a list of pairs."""
    return [{key: name, value: text} for name, text in tags.items()]


def retag(
    wanted: Mapping[str, str],
    present: Iterable[str],
    tag: Callable[[dict[str, str]], object],
    untag: Callable[[list[str]], object],
) -> None:
    """Bring a resource's tags to what is wanted."""
    # Those that CloudFormation itself adds never change, and cannot be changed afterwards.
    gone = [name for name in present if name not in wanted and not name.startswith("aws:")]
    if gone:
        untag(gone)
    changeable = {name: text for name, text in wanted.items() if not name.startswith("aws:")}
    if changeable:
        tag(changeable)


def policy_text(document: Any) -> str:
    """A policy document as the APIs take it."""
    return document if isinstance(document, str) else json.dumps(document)
