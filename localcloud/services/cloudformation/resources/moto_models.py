"""Resource types that moto knows how to make from a template's properties."""

from __future__ import annotations

import copy
import importlib
import threading
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from localcloud.services.cloudformation.errors import ResourceFailure, TemplateError
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.resources.calls import own_tags, plain_tags, tag_list
from localcloud.services.cloudformation.stacks import Physical

_ONE_AT_A_TIME = threading.Lock()
"""moto's models are plain dictionaries and lists."""

_NEVER = frozenset({"AWS::CloudFormation::Stack", "?"})


def moto_types() -> dict[str, type[CloudFormationModel]]:
    """The resource types that moto has a model of."""
    return {name: model for name, model in _parsing().get_model_map().items() if name not in _NEVER}


def _parsing() -> Any:
    """Return moto's CloudFormation, which imports all of moto and takes seconds. Few stacks need it."""
    return importlib.import_module("moto.cloudformation.parsing")


class MotoProvider(Provider):
    """Makes resources through one of moto's models. Every change but one of tags makes a new resource."""

    changeable = frozenset({"Tags"})
    attributes = None

    def __init__(self, model: type[CloudFormationModel]) -> None:
        self._model = model
        self.name_property = model.cloudformation_name_type() or None

    def create(self, request: ResourceRequest) -> Physical:
        document = _document(request)
        name = document["Properties"].get(self.name_property) if self.name_property else None
        if name is None:
            name = _parsing().generate_resource_name(request.type, request.stack_name, request.logical_id)
        more = {"LogicalId": request.logical_id, "StackId": request.stack_id, "ResourceType": request.type}
        made = _moto(
            request,
            lambda: self._model.create_from_cloudformation_json(
                name, document, request.account, request.region, **more
            ),
        )
        _tag(request, made)
        return Physical(str(made.physical_resource_id), request.properties, handle=made)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        _tag(request, physical.handle)
        return Physical(physical.physical_id, request.properties, physical.attributes, handle=physical.handle)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        if physical.handle is None:
            return
        # As moto's own CloudFormation does: some models delete themselves, the others by their class.
        delete_itself = getattr(physical.handle, "delete", None)
        try:
            if delete_itself is None:
                raise TypeError
            _moto(request, lambda: delete_itself(request.account, request.region))
        except TypeError:
            _moto(
                request,
                lambda: self._model.delete_from_cloudformation_json(
                    physical.physical_id, _document(request), request.account, request.region
                ),
            )

    def attribute(self, physical: Physical, name: str) -> Any:
        exceptions = importlib.import_module("moto.cloudformation.exceptions")
        unknown = (exceptions.UnformattedGetAttTemplateException, exceptions.UnsupportedAttribute)
        try:
            value = physical.handle.get_cfn_attribute(name)
        except (*unknown, NotImplementedError, KeyError) as error:
            raise TemplateError(
                f"Template error: resource does not support attribute type {name} in Fn::GetAtt"
            ) from error
        return value


def _document(request: ResourceRequest) -> dict[str, Any]:
    # moto's models keep what they are given, and change it.
    properties = copy.deepcopy(dict(request.properties))
    tags = tag_list(plain_tags(request))
    if tags and "Tags" in properties and isinstance(properties["Tags"], list):
        properties["Tags"] = tags
    return {"Type": request.type, "Properties": properties}


def _tag(request: ResourceRequest, resource: Any) -> None:
    models = importlib.import_module("moto.ec2.models")
    if isinstance(resource, models.core.TaggedEC2Resource):
        backend = models.ec2_backends[request.account][request.region]
        _moto(request, lambda: backend.create_tags([resource.physical_resource_id], own_tags(request)))


def _moto(request: ResourceRequest, call: Any) -> Any:
    try:
        with _ONE_AT_A_TIME:
            return call()
    except (HTTPException, ServiceException) as error:
        message = getattr(error, "message", None) or str(error)
        raise ResourceFailure(f'Resource handler returned message: "{message}"') from error
    except KeyError as error:
        raise ResourceFailure(
            f"Property {error} of {request.type} {request.logical_id} is required here"
        ) from error
