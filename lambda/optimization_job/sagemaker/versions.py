"""The calls to SageMaker for versions of groups, which have numbers and no names.

The name of a version is one of its metadata properties, and so are its tags, because AWS refuses tags on
the versions of a group. CreateModelPackage has a client token; AWS does not document how long it knows one,
nor how it responds to one that it knows. So the token only helps, and the name decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from ..contract import VERSION_NAME
from ..errors import CallError, ErrorKind
from .calls import SageMaker
from .job import Job
from .kind import JobKind

_METADATA = "CustomerMetadataProperties"

#: The most versions on a page.
_PAGE = 100

#: The most versions that one look reads whose names are not known. The next look goes on from there.
MOST_READ = 150

#: The most time between two versions of one name: requests that create one live for hours.
_APART = timedelta(days=1)

#: The length of a client token.
_TOKEN = 36

#: The names of the versions that each client has read, by their ARNs; empty for those without a name. A
#: version never changes its name, and a group may have hundreds of versions.
_NAMES: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


class Versions(SageMaker):
    """The versions of some groups, by the names that this library gives them.

    Args:
        client: the client of SageMaker.
        kind: the kind of the versions.
        groups: the names or the ARNs of the groups that a request is about.
        request_id: the id of the request, which every create of one request has in common.
    """

    def __init__(self, client: Any, kind: JobKind, groups: Sequence[str], request_id: str) -> None:
        super().__init__(client, kind)
        self._groups = groups
        self._request_id = request_id
        self._seen: dict[str, set[str]] = {}
        self._read = 0

    def job(self, name: str) -> Job | None:
        """The version of this name; None if there is none."""
        found = self._find(name)
        if not found:
            return None
        reason = _failure_reason(found[0])
        return Job.parse(self._kind, {**found[0], self._kind.name_member: name, "FailureReason": reason})

    def tags(self, arn: str) -> dict[str, str]:
        """The metadata properties of a version."""
        response = self._call(lambda: self._describe(arn), "ListTags")
        return dict(response.get(_METADATA) or {})

    def create(self, request: dict[str, Any]) -> None:
        """Creates a version from the parameters of CreateModelPackage, with a name and tags."""
        parameters = dict(request)
        name = parameters.pop(self._kind.name_member)
        tags = {tag["Key"]: tag["Value"] for tag in parameters.pop("Tags", [])}
        parameters[_METADATA] = {**parameters.get(_METADATA, {}), **tags, VERSION_NAME: name}
        token = hashlib.sha256(f"{self._request_id} {name}".encode()).hexdigest()[:_TOKEN]
        super().create({**parameters, "ClientToken": token})

    def stop(self, name: str) -> None:
        """Does nothing: no version runs."""

    def delete(self, name: str) -> None:
        """Deletes every version of this name. A lost response may have left more than one."""
        self._find(name)
        for arn in sorted(self._seen.get(name, ())):
            call = partial(self._client.delete_model_package, ModelPackageName=arn)
            self._unless_not_found(call, self._kind.operation("Delete"))

    def tag(self, arn: str, tags: dict[str, str]) -> None:
        """Adds metadata properties to a version or changes their values, and changes its settings."""
        changes: dict[str, Any] = {name: tags[name] for name in self._kind.changeable if name in tags}
        metadata = {key: value for key, value in tags.items() if key not in changes}
        if metadata:
            # AWS does not document whether the properties that an update leaves out stay.
            changes[_METADATA] = {**self.tags(arn), **metadata}
        self._call(lambda: self._client.update_model_package(ModelPackageArn=arn, **changes), "AddTags")

    def untag(self, arn: str, keys: list[str]) -> None:
        """Removes the metadata properties with these keys from a version."""
        removed = {f"{_METADATA}ToRemove": keys}
        self._call(lambda: self._client.update_model_package(ModelPackageArn=arn, **removed), "DeleteTags")

    def _find(self, name: str) -> list[dict[str, Any]]:
        """The descriptions of the versions of this name, the oldest first."""
        self._read = 0
        found: list[dict[str, Any]] = []
        for group in self._groups:
            newest = None
            for summary in self._newest_first(group):
                if newest is not None and newest - summary["CreationTime"] > _APART:
                    break
                described = self._described(summary[self._kind.arn_member], name)
                if described is not None:
                    newest = newest or summary["CreationTime"]
                    found.append(described)
                    self._seen.setdefault(name, set()).add(summary[self._kind.arn_member])
        return sorted(found, key=lambda each: (each["CreationTime"], each.get("ModelPackageVersion", 0)))

    def _newest_first(self, group: str) -> Iterator[dict[str, Any]]:
        """The summaries of the versions of a group; none if the group does not exist."""
        page: dict[str, Any] = {}
        while True:
            response = self._unless_not_found(partial(self._list, group, page), self._looking)
            if response is None:
                return
            yield from response["ModelPackageSummaryList"]
            if not response.get("NextToken"):
                return
            page = {"NextToken": response["NextToken"]}

    def _list(self, group: str, page: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = self._client.list_model_packages(
            ModelPackageGroupName=group,
            ModelPackageType="Versioned",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=_PAGE,
            **page,
        )
        return response

    def _described(self, arn: str, name: str) -> dict[str, Any] | None:
        """The description of a version, if it has this name."""
        names = _NAMES.setdefault(self._client, {})
        if names.get(arn, name) != name:
            return None
        if arn not in names:
            self._read += 1
            if self._read > MOST_READ:
                reason = f"a group has more than {MOST_READ} versions that are still to be read"
                raise CallError(ErrorKind.TRANSIENT, self._looking, reason)
        described = self._unless_not_found(lambda: self._describe(arn), self._looking)
        if described is None:
            return None
        names[arn] = (described.get(_METADATA) or {}).get(VERSION_NAME, "")
        return described if names[arn] == name else None

    def _describe(self, arn: str) -> dict[str, Any]:
        # Without the model card, which others may have encrypted with a key of theirs.
        response: dict[str, Any] = self._client.describe_model_package(
            ModelPackageName=arn, IncludedData="MetadataOnly"
        )
        return response

    @property
    def _looking(self) -> str:
        """The operation whose obstacles are those of a look."""
        return self._kind.operation("Describe")


def _failure_reason(described: dict[str, Any]) -> str:
    """The reasons of the checks that a version did not pass."""
    details = described.get("ModelPackageStatusDetails") or {}
    checks = [*(details.get("ValidationStatuses") or []), *(details.get("ImageScanStatuses") or [])]
    return "; ".join(check["FailureReason"] for check in checks if check.get("FailureReason"))
