"""Resource types that moto knows how to make from a template's properties."""

from __future__ import annotations

import contextlib
import copy
import importlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import ServiceException
from moto.ec2.models.core import TaggedEC2Resource
from werkzeug.exceptions import HTTPException

from localcloud.kernel.moto_app import backend
from localcloud.services.cloudformation.errors import ResourceFailure, TemplateError
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.resources.calls import own_tags, plain_tags, tag_list
from localcloud.services.cloudformation.stacks import Physical

_ONE_AT_A_TIME = threading.Lock()
"""moto's models are plain dictionaries and lists."""

_T = TypeVar("_T")


def moto_model(type_name: str) -> type[CloudFormationModel] | None:
    """Return moto's model of a resource type; None if it has none.

    A part of a network that its model cannot delete does not count: its VPC could not be deleted, either.
    """
    service = type_name.lower().split("::")[1:2]
    # The second imports all of moto, which takes seconds. Few types need it.
    for module in (".".join(["moto", *service, "models"]), "moto.cloudformation.parsing"):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(module)
        for model in _models_below(CloudFormationModel):  # type: ignore[type-abstract]
            if model.cloudformation_type() == type_name:
                return model if service != ["ec2"] or _deletes(model) else None
    return None


def _deletes(model: type[CloudFormationModel]) -> bool:
    own = (vars(each).keys() for each in model.__mro__ if each is not CloudFormationModel)
    return any(members & {"delete", "delete_from_cloudformation_json"} for members in own)


def _models_below(base: type[CloudFormationModel]) -> Iterator[type[CloudFormationModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models_below(model)


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
            name = generated_name(request.stack_name, request.logical_id, lower=True)
        more = {"LogicalId": request.logical_id, "StackId": request.stack_id, "ResourceType": request.type}
        place = (request.account, request.region)
        make = self._model.create_from_cloudformation_json
        made = _moto(request, lambda: make(name, document, *place, **more))
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
        try:
            return physical.handle.get_cfn_attribute(name)
        except Exception as error:
            raise TemplateError(
                f"Template error: resource does not support attribute type {name} in Fn::GetAtt"
            ) from error


def _document(request: ResourceRequest) -> dict[str, Any]:
    # moto's models keep what they are given, and change it.
    properties = copy.deepcopy(dict(request.properties))
    tags = tag_list(plain_tags(request))
    if tags and "Tags" in properties and isinstance(properties["Tags"], list):
        properties["Tags"] = tags
    return {"Type": request.type, "Properties": properties}


def _tag(request: ResourceRequest, resource: Any) -> None:
    if TaggedEC2Resource in type(resource).__mro__:
        ids, tags = [resource.physical_resource_id], own_tags(request)
        _moto(request, lambda: backend("ec2", request.region).create_tags(ids, tags))


def _moto(request: ResourceRequest, call: Callable[[], _T]) -> _T:
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
