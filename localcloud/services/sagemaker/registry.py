"""The model registry: model package groups, and the versions in them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.sagemaker.listing import moment
from localcloud.services.sagemaker.registration import Reading
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
_METADATA = "CustomerMetadataProperties"
_CHANGEABLE = ("ModelApprovalStatus", "ApprovalDescription", _METADATA)
_DEFAULT_PAGE = 10
_FOR_EVER = float("inf")


@dataclass(eq=False)
class Version:
    """A version of a group.

    Attributes:
        states: The descriptions, each from a time on.
        token: The token of the request that created it.
        deleted: When it was deleted.
    """

    arn: str
    number: int
    created: float
    states: list[tuple[float, dict[str, Any]]]
    token: str | None = None
    deleted: float = _FOR_EVER

    @property
    def shown(self) -> dict[str, Any]:
        """The description by now."""
        return self.states[-1][1]

    def shown_at(self, time: float) -> dict[str, Any]:
        """The description at a time."""
        return next(shown for since, shown in reversed(self.states) if since <= time)


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

    def __init__(
        self, site: Site, server: Server, permissions: Permissions, looks_at_buckets: Callable[[], bool]
    ) -> None:
        self._site = site
        self._reading = Reading(permissions, looks_at_buckets)
        self._lock = threading.RLock()
        self._groups: dict[str, Group] = {}
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "CreateModelPackageGroup": self._create_group,
            "DescribeModelPackageGroup": lambda request: self._group(request).shown,
            "DeleteModelPackageGroup": self._delete_group,
            "CreateModelPackage": self._create,
            "DescribeModelPackage": self._describe,
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
        return [each.shown for each in self._groups[group].versions if each.deleted == _FOR_EVER]

    def tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of a group, which may be changed; None if the ARN is of nothing here that has tags."""
        return next((group.tags for group in self._groups.values() if group.arn == arn), None)

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
        if any(version.deleted == _FOR_EVER for version in group.versions):
            raise ApiError(
                "ConflictException",
                f"Model Package Group cannot be deleted with Model Packages: {group.name}",
            )
        del self._groups[group.name]
        return {}

    def _group(self, request: ApiRequest) -> Group:
        name = str(request.parameters["ModelPackageGroupName"]).rpartition("/")[2]
        if name not in self._groups:
            raise _invalid(f"Model Package Group {name} does not exist.")
        return self._groups[name]

    # --- versions -------------------------------------------------------------------------------------------

    def _create(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        if "ModelPackageGroupName" not in parameters:
            raise _invalid("The local cloud registers versions of groups only: give ModelPackageGroupName")
        group = self._group(request)
        if parameters.get("Tags"):
            raise _invalid(
                "Tags are not supported in Model Package versions. Please add them to the Model Package Group"
            )
        token, dialect = parameters.get("ClientToken"), self._site.dialect
        known = [each for each in group.versions if token is not None and each.token == token]
        if known and dialect.known_client_token == "the same version":
            return {"ModelPackageArn": known[0].arn}
        if known and dialect.known_client_token == "refused":
            raise ApiError("ConflictException", "A model package with this client token already exists")
        arn = f"{self._arns}:model-package/{group.name.lower()}/{group.newest + 1}"
        self._reading.check(request, arn)
        group.newest += 1
        apart = ("ClientToken", "ModelPackageGroupName")
        shown = {
            **_members(parameters, *(name for name in parameters if name not in apart)),
            "ModelPackageGroupName": group.name,
            "ModelPackageVersion": group.newest,
            "ModelPackageArn": arn,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "CreationTime": moment(self._now),
        }
        shown.setdefault("ModelApprovalStatus", "PendingManualApproval")
        states = [(self._now + dialect.version_pending, shown)]
        if dialect.version_pending:
            states.insert(0, (self._now, {**shown, "ModelPackageStatus": "Pending"}))
        group.versions.append(Version(arn, group.newest, self._now, states, token))
        return {"ModelPackageArn": arn}

    def _describe(self, request: ApiRequest) -> Mapping[str, Any]:
        arn, time = request.parameters["ModelPackageName"], self._now - self._site.dialect.job_read_lag
        for version in self._all():
            if version.arn == arn and self._is_seen(version, time):
                return version.shown_at(time)
        raise _missing(arn)

    def _update(self, request: ApiRequest) -> Mapping[str, Any]:
        version = self._version(request.parameters["ModelPackageArn"])
        shown = version.shown | _members(request.parameters, *_CHANGEABLE)
        if self._site.dialect.metadata_left_out == "stays":
            shown[_METADATA] = {**version.shown.get(_METADATA, {}), **shown.get(_METADATA, {})}
        removed = request.parameters.get(f"{_METADATA}ToRemove") or ()
        shown[_METADATA] = {
            key: value for key, value in shown.get(_METADATA, {}).items() if key not in removed
        }
        version.states.append((self._now, shown | {"LastModifiedTime": moment(self._now)}))
        return {"ModelPackageArn": version.arn}

    def _delete(self, request: ApiRequest) -> Mapping[str, Any]:
        self._version(request.parameters["ModelPackageName"]).deleted = self._now
        return {}

    def _list(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters, time = request.parameters, self._now - self._site.dialect.job_read_lag
        group = parameters.get("ModelPackageGroupName")
        if group is None and parameters.get("ModelPackageType", "Unversioned") == "Unversioned":
            # The local cloud has only versions of groups.
            return {"ModelPackageSummaryList": []}
        versions = self._all() if group is None else self._group(request).versions
        found = [each for each in versions if self._is_seen(each, time)]
        found.sort(key=lambda each: (each.created, each.number))
        if parameters.get("SortOrder") == "Descending":
            found.reverse()
        begin, size = int(parameters.get("NextToken") or 0), parameters.get("MaxResults") or _DEFAULT_PAGE
        page = [_members(each.shown_at(time), *_LISTED) for each in found[begin : begin + size]]
        more = {"NextToken": str(begin + size)} if begin + size < len(found) else {}
        return {"ModelPackageSummaryList": page, **more}

    def _version(self, arn: str) -> Version:
        for version in self._all():
            if version.arn == arn and self._now < version.deleted + self._site.dialect.delete_lag:
                return version
        raise _missing(arn)

    def _is_seen(self, version: Version, time: float) -> bool:
        return version.created <= time < version.deleted + self._site.dialect.delete_lag

    def _all(self) -> list[Version]:
        return [version for group in self._groups.values() for version in group.versions]

    @property
    def _now(self) -> float:
        return self._site.clock.time()

    @property
    def _arns(self) -> str:
        return f"arn:aws:sagemaker:{self._site.region}:{self._site.account}"


def _tags(request: ApiRequest) -> dict[str, str]:
    tags = request.parameters.get("Tags") or ()
    check_tags(tag["Key"] for tag in tags)
    return {tag["Key"]: tag["Value"] for tag in tags}


def _members(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name) is not None}


def _missing(arn: str) -> ApiError:
    return _invalid(f"ModelPackage {arn} does not exist.")


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
