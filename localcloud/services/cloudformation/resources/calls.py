"""Calling AWS APIs with a template's properties."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.template.intrinsics import as_text

NOT_FOUND_WORDS = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
_NOT_FOUND_BEGINNINGS = ("Could not find", "No scalable target found", "No scaling policy found")


def named(**values: str) -> Mapping[str, str]:
    """Texts by name."""
    return MappingProxyType(values)


class ApiProvider(Provider):
    """Makes resources by calling a service's API, as the account's administrator.

    A class names the operations, in botocore's snake case. Properties become parameters of the same names, in
    the types that the operation takes. What is particular to a type is a method.

    A pattern is a text with fields, such as `arn:aws:s3:::{ref}`. A field is `ref`, the physical id, or
    `name`, or `region`, or `account`, or a property, or a member of the response that describes the resource.

    Attributes:
        service: botocore's name of the service.
        creates: The operation that makes the resource.
        takes: The properties that it takes; all but the tags if None.
        member: The member of its response that describes the resource; the response itself if empty.
        ref: The pattern of the physical id. Without one, the resource's name is its physical id.
        attributes: The pattern of each attribute that Fn::GetAtt reads.
        describes: The operation that shows the attributes, if the response does not.
        updates: The operation that changes the resource; empty if `configure` does that, or nothing can.
        changes: The properties that it takes; those that `creates` takes if None.
        deletes: The operation that deletes the resource; empty if nothing needs to be deleted.
        identity: The parameter that has the physical id when the resource is changed or deleted.
        renamed: The parameters that are named unlike their properties.
        tagging: The operations that list, set and take away its tags; None if nothing changes them.
        tagged: The parameters with which these name the resource, as patterns, whose fields are also
            attributes.
        tag_key: The member of a tag that has its key; empty where tags are a map.
        keeps_aws_tags: Whether the tags that CloudFormation adds, whose keys begin with "aws:", are set, too.
        name_limit: The length of the names that CloudFormation makes up.
        name_in_lower_case: Whether these names have no capitals.
    """

    service: str
    creates: str
    takes: tuple[str, ...] | None = None
    member: str = ""
    ref: str = ""
    attributes: Mapping[str, str] = named()
    describes: str = ""
    updates: str = ""
    changes: tuple[str, ...] | None = None
    deletes: str = ""
    identity: str = ""
    renamed: Mapping[str, str] = named()
    tagging: tuple[str, str, str] | None = None
    tagged: Mapping[str, str] = named()
    tag_key: str = "Key"
    keeps_aws_tags: bool = False
    name_limit: int = 64
    name_in_lower_case: bool = False

    def create(self, request: ResourceRequest) -> Physical:
        wanted, name = self.parameters(request, self.takes), self.name(request)
        if self.name_property is not None:
            wanted[self.renamed.get(self.name_property, self.name_property)] = name
        members = self._input(request, self.creates).members
        if self.taggable and not members.keys().isdisjoint(("Tags", "tags")):
            wanted["Tags"] = self.tags(request)
        response = self.call(request, self.creates, **wanted)
        made = {"name": name, **(response[self.member] if self.member else response)}
        physical_id = self._filled(self.ref or "{name}", request, "", made)
        request.initiated(physical_id)
        self.configure(request, physical_id)
        if self.describes:
            made |= self.call(request, self.describes, **self.which(physical_id))
        patterns = self.attributes.items()
        shown = {each: self._filled(pattern, request, physical_id, made) for each, pattern in patterns}
        return Physical(physical_id, request.properties, shown)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        if self.updates:
            wanted = self.parameters(request, self.takes if self.changes is None else self.changes)
            self.call(request, self.updates, **wanted | self.which(physical.physical_id))
        self.configure(request, physical.physical_id)
        self.retag(request, physical)
        return replace(physical, properties=request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        if self.deletes:
            self.call_if_there(request, self.deletes, **self.which(physical.physical_id))

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        """Set what the operations that make and change the resource do not take."""

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        """Return the properties that an operation takes, as its parameters."""
        properties = request.properties
        wanted = without(properties, "Tags") if takes is None else pick(properties, *takes)
        return {self.renamed.get(name, name): value for name, value in wanted.items()}

    def which(self, physical_id: str) -> dict[str, str]:
        """Return the parameters that name the resource when it is shown, changed or deleted."""
        return {self.identity: physical_id} if self.identity else {}

    def name(self, request: ResourceRequest) -> str:
        """Return the name in the template, or one that CloudFormation makes up."""
        given = request.properties.get(self.name_property or "")
        limit, lower = self.name_limit, self.name_in_lower_case
        return str(given or generated_name(request.stack_name, request.logical_id, limit=limit, lower=lower))

    def tags(self, request: ResourceRequest) -> Any:
        """Return the resource's tags, as the service takes them."""
        tags = own_tags(request) if self.keeps_aws_tags else plain_tags(request)
        return tag_list(tags, self.tag_key) if self.tag_key else tags

    def retag(self, request: ResourceRequest, physical: Physical) -> None:
        """Bring the resource's tags to what is wanted."""
        if self.tagging is None:
            return
        lists, tag, untag = self.tagging
        which = {
            name: self._filled(pattern, request, physical.physical_id, physical.attributes)
            for name, pattern in self.tagged.items()
        }
        response = self.call(request, lists, **which)
        present = next(value for name, value in response.items() if name.lower() in ("tags", "taglist"))
        keys = present if isinstance(present, Mapping) else [_key_of(each) for each in present]
        # Those that CloudFormation itself adds never change, and cannot be changed afterwards.
        wanted = plain_tags(request)
        gone = [key for key in keys if key not in wanted and not key.startswith("aws:")]
        if gone:
            self.call(request, untag, **which, TagKeys=gone)
        if wanted:
            self.call(request, tag, **which, Tags=tag_list(wanted, self.tag_key) if self.tag_key else wanted)

    def call(self, request: ResourceRequest, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation (in botocore's snake case). Raises ResourceFailure.

        Values are converted to the types that the operation takes.
        """
        client = request.client(self.service)
        typed = coerce(parameters, self._input(request, operation))
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

    def _input(self, request: ResourceRequest, operation: str) -> StructureShape:
        meta = request.client(self.service).meta
        shape = meta.service_model.operation_model(meta.method_to_api_mapping[operation]).input_shape
        assert isinstance(shape, StructureShape)
        return shape

    def _filled(self, pattern: str, request: ResourceRequest, ref: str, made: Mapping[str, Any]) -> str:
        place = {"region": request.region, "account": request.account, "ref": ref}
        return pattern.format(**{**request.properties, **place, **made})


def _key_of(tag: Mapping[str, str]) -> str:
    return next(value for member, value in tag.items() if member.lower().endswith("key"))


def _says_not_found(error: ClientError) -> bool:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return any(word in code for word in NOT_FOUND_WORDS) or message.startswith(_NOT_FOUND_BEGINNINGS)


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


def tag_list(tags: Mapping[str, str], key: str = "Key") -> list[dict[str, str]]:
    """Tags as a list of pairs. The member with the value is named like that with the key."""
    return [{key: name, key.replace("Key", "Value"): text} for name, text in tags.items()]
