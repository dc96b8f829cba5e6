"""The model registry: model package groups, and the versions in them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.sagemaker.listing import moment
from localcloud.services.sagemaker.rules import check_tags
from localcloud.services.sagemaker.service_model import operation
from localcloud.services.sagemaker.validation import validate

_LISTED = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
)
_CHANGEABLE = ("ModelApprovalStatus", "ApprovalDescription", "CustomerMetadataProperties")


@dataclass(eq=False)
class Version:
    """A version of a group.

    Attributes:
        shown: The members of its description.
        token: The token of the request that created it.
    """

    arn: str
    shown: dict[str, Any]
    tags: dict[str, str]
    token: str | None = None


@dataclass(eq=False)
class Group:
    """A group and its versions.

    Attributes:
        newest: The greatest number that a version has had. The number of a deleted version is not used again.
    """

    name: str
    arn: str
    shown: dict[str, Any]
    tags: dict[str, str]
    newest: int = 0
    versions: list[Version] = field(default_factory=list)


class ModelRegistry:
    """Model package groups and their versions, on the local cloud's port."""

    service = "sagemaker"

    def __init__(self, site: Site, server: Server) -> None:
        self._site = site
        self._lock = threading.RLock()
        self._groups: dict[str, Group] = {}
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "CreateModelPackageGroup": self._create_group,
            "DescribeModelPackageGroup": lambda request: self._group(request).shown,
            "DeleteModelPackageGroup": self._delete_group,
            "CreateModelPackage": self._create,
            "DescribeModelPackage": lambda request: (
                self._version(request.parameters["ModelPackageName"]).shown
            ),
            "UpdateModelPackage": self._update,
            "DeleteModelPackage": self._delete,
            "ListModelPackages": self._list,
        }
        self.operations: frozenset[str] | None = frozenset(self._handlers)
        server.register(self)

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        validate(operation(request.operation), request.parameters)
        with self._lock:
            return self._handlers[request.operation](request)

    def groups(self) -> list[str]:
        """The names of the groups that there are."""
        return list(self._groups)

    def versions(self, group: str) -> list[dict[str, Any]]:
        """The descriptions of the versions of a group that there are, oldest first."""
        return [version.shown for version in self._groups[group].versions]

    def tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of a group or a version, which may be changed; None if the ARN is of nothing here."""
        groups = self._groups.values()
        found: list[Group | Version] = [*groups, *(each for group in groups for each in group.versions)]
        return next((each.tags for each in found if each.arn == arn), None)

    def reset(self) -> None:
        """Forget every group."""
        with self._lock:
            self._groups.clear()

    # --- groups ---------------------------------------------------------------------------------------------

    def _create_group(self, request: ApiRequest) -> Mapping[str, Any]:
        name = request.parameters["ModelPackageGroupName"]
        if name in self._groups:
            raise _invalid(f"Model Package Group already exists: {name}")
        arn = f"{self._arns}:model-package-group/{name}"
        shown = {
            **_members(request.parameters, "ModelPackageGroupName", "ModelPackageGroupDescription"),
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupStatus": "Completed",
            "CreationTime": moment(self._site.clock.time()),
            "CreatedBy": {},
        }
        self._groups[name] = Group(name, arn, shown, _tags(request))
        return {"ModelPackageGroupArn": arn}

    def _delete_group(self, request: ApiRequest) -> Mapping[str, Any]:
        group = self._group(request)
        if group.versions:
            raise ApiError(
                "ConflictException",
                f"Model Package Group cannot be deleted with Model Packages: {group.name}",
            )
        del self._groups[group.name]
        return {}

    def _group(self, request: ApiRequest) -> Group:
        name = str(request.parameters["ModelPackageGroupName"]).rpartition("/")[2]
        if name not in self._groups:
            raise _invalid(f"Could not find model package group {name}")
        return self._groups[name]

    # --- versions -------------------------------------------------------------------------------------------

    def _create(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        if "ModelPackageGroupName" not in parameters:
            raise _invalid("The local cloud registers versions of groups only: give ModelPackageGroupName")
        group = self._group(request)
        token = parameters.get("ClientToken")
        for version in group.versions:
            if token is not None and version.token == token:
                return {"ModelPackageArn": version.arn}
        group.newest += 1
        arn = f"{self._arns}:model-package/{group.name.lower()}/{group.newest}"
        apart = ("ClientToken", "ModelPackageGroupName", "Tags")
        shown = {
            **_members(parameters, *(name for name in parameters if name not in apart)),
            "ModelPackageGroupName": group.name,
            "ModelPackageVersion": group.newest,
            "ModelPackageArn": arn,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "CreationTime": moment(self._site.clock.time()),
        }
        shown.setdefault("ModelApprovalStatus", "PendingManualApproval")
        group.versions.append(Version(arn, shown, _tags(request), token))
        return {"ModelPackageArn": arn}

    def _update(self, request: ApiRequest) -> Mapping[str, Any]:
        version = self._version(request.parameters["ModelPackageArn"])
        version.shown |= _members(request.parameters, *_CHANGEABLE)
        version.shown["LastModifiedTime"] = moment(self._site.clock.time())
        return {"ModelPackageArn": version.arn}

    def _delete(self, request: ApiRequest) -> Mapping[str, Any]:
        version = self._version(request.parameters["ModelPackageName"])
        for group in self._groups.values():
            group.versions = [each for each in group.versions if each is not version]
        return {}

    def _list(self, request: ApiRequest) -> Mapping[str, Any]:
        wanted = request.parameters.get("ModelPackageGroupName")
        groups = self._groups.values() if wanted is None else [self._group(request)]
        found = [_members(version.shown, *_LISTED) for group in groups for version in group.versions]
        found.sort(key=lambda each: (each["CreationTime"], each["ModelPackageVersion"]))
        if request.parameters.get("SortOrder") != "Ascending":
            found.reverse()
        return {"ModelPackageSummaryList": found}

    def _version(self, arn: str) -> Version:
        for group in self._groups.values():
            for version in group.versions:
                if version.arn == arn:
                    return version
        raise _invalid(f"Could not find model package {arn}")

    @property
    def _arns(self) -> str:
        return f"arn:aws:sagemaker:{self._site.region}:{self._site.account}"


def _tags(request: ApiRequest) -> dict[str, str]:
    tags = request.parameters.get("Tags") or ()
    check_tags(tag["Key"] for tag in tags)
    return {tag["Key"]: tag["Value"] for tag in tags}


def _members(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name) is not None}


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
