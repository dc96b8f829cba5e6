"""The start of a model's containers: the download and the pull, with the model's execution role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from localcloud.kernel.permissions import Permissions
from localcloud.services.sagemaker.errors import role_not_assumable
from localcloud.services.sagemaker.execution_role import SERVICE, ExecutionRole, Owner, Use
from localcloud.services.sagemaker.object_store import ObjectStore
from localcloud.services.sagemaker.s3_location import S3Location
from localcloud.services.sagemaker.serving.resources import Resource

_SOME_FILE = "config.json"
"""Stands for the objects of a bucket that is not in this local cloud."""


def containers(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The containers of a model: its primary one, or those of a pipeline."""
    return [model["PrimaryContainer"]] if model.get("PrimaryContainer") else list(model.get("Containers", ()))


def artifacts(container: Mapping[str, Any]) -> dict[str, str]:
    """The URIs of a container's data by their channels; that of the model itself is ""."""
    found = {}
    if url := container.get("ModelDataUrl"):
        found[""] = url
    if source := container.get("ModelDataSource"):
        found[""] = source["S3DataSource"]["S3Uri"]
    for source in container.get("AdditionalModelDataSources") or ():
        found[source["ChannelName"]] = source["S3DataSource"]["S3Uri"]
    return found


class Containers:
    """Starts the containers of models.

    Args:
        looks_at_buckets: Decides whether SageMaker asks for a bucket as a whole before it uses what is in it.
    """

    def __init__(self, permissions: Permissions, looks_at_buckets: Callable[[], bool]) -> None:
        self._permissions = permissions
        self._looks_at_buckets = looks_at_buckets

    def may_assume(self, role_arn: str, owner: Owner) -> bool:
        """Decide whether SageMaker may assume a role for a resource."""
        return self._permissions.may_assume(role_arn, SERVICE, owner.account, owner.arn).allowed

    def check_data(self, model: Resource) -> str | None:
        """The reason why the data of a new model cannot be read; None if it can."""
        role_arn = model.request.get("ExecutionRoleArn")
        if role_arn is None:
            return None
        return self._data_problem(model, role_arn, model)

    def start(self, model: Resource, role_arn: str | None, owner: Owner, what: str) -> str | None:
        """Start the containers of a model. Return the reason if that fails.

        Args:
            role_arn: The role that is used if the model has none of its own.
            owner: The endpoint or the component.
            what: The folder of its logs and metrics: `Endpoints` or `InferenceComponents`.
        """
        role_arn = model.request.get("ExecutionRoleArn") or role_arn
        if role_arn is None:
            return (
                f"The model {model.name} has no ExecutionRoleArn, and neither has the endpoint configuration"
            )
        if not self.may_assume(role_arn, owner):
            return role_not_assumable(role_arn).message
        role = ExecutionRole(role_arn, owner, self._permissions)
        for container in containers(model.request):
            if (image := container.get("Image")) and (refused := role.first_refused(role.pulling(image))):
                action = refused[0].action.partition(":")[2]
                return f"The role '{role_arn}' does not have {action} permission for the image: '{image}'."
        if problem := self._data_problem(model, role_arn, owner):
            return problem
        folder = f"/aws/sagemaker/{what}"
        reporting = role.reporting(f"{folder}/{owner.name}", folder)
        networking = role.networking(model.request.get("VpcConfig"))
        return role.refusal(chain(reporting, networking, self._looking(model, role)))

    def _looking(self, model: Resource, role: ExecutionRole) -> Iterator[Use]:
        uris = [uri for container in containers(model.request) for uri in artifacts(container).values()]
        locations = [S3Location.parse(uri) for uri in uris] if self._looks_at_buckets() else []
        return chain.from_iterable(role.looking_at(location) for location in locations)

    def _data_problem(self, model: Resource, role_arn: str, owner: Owner) -> str | None:
        role = ExecutionRole(role_arn, owner, self._permissions)
        store = ObjectStore(owner.account, owner.arn.split(":")[1])
        for container in containers(model.request):
            for uri in artifacts(container).values():
                location = S3Location.parse(uri)
                keys = store.keys(location)
                if store.has_bucket(location.bucket) and not keys:
                    return _no_objects(uri, location, role_arn, owner.region)
                refused = role.first_refused(_reading(role, store, location, keys))
                if refused is None:
                    continue
                if refused[0].action == "s3:ListBucket":
                    return _no_objects(uri, location, role_arn, owner.region, refused[1].reason)
                return _no_access(uri, role_arn, owner.region, refused[1].reason)
        return None


def _reading(role: ExecutionRole, store: ObjectStore, location: S3Location, keys: list[str]) -> Iterator[Use]:
    objects = keys or [f"{location.folder}{_SOME_FILE}"]
    return role.reading("model data", location, objects, store.default_key(location.bucket))


def _no_objects(uri: str, location: S3Location, role_arn: str, region: str, detail: str = "") -> str:
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the "
        f'role "{role_arn}" has "s3:ListBucket" permissions on bucket "{location.bucket}". {detail}'.rstrip()
    )


def _no_access(uri: str, role_arn: str, region: str, detail: str) -> str:
    return (
        f'Could not access model data at {uri}. Please ensure that the role "{role_arn}" exists and that its '
        'trust relationship policy allows the action "sts:AssumeRole" for the service principal '
        f'"{SERVICE}". Also ensure that the role has "s3:GetObject" permissions and that the object is '
        f"located in {region}. {detail}"
    )
