"""The calls to SageMaker for versions of groups, which have numbers and no names.

The name of a version is one of its metadata properties, and so are its tags, because AWS refuses tags on
the versions of a group. CreateModelPackage has a client token; AWS does not document how long it knows one,
nor how it responds to one that it knows. So the token only helps, and the name decides.

Somebody may register a copy of a version, with its metadata. A copy is none of ours: one of the metadata
properties is the time of the registration, which is not the copy's. And the oldest version of a name is the
one that the stack has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from ..contract import VERSION_NAME, VERSION_TIME
from ..errors import CallError, ErrorKind
from .calls import SageMaker
from .job import Job
from .kind import JobKind

_METADATA = "CustomerMetadataProperties"

#: The most versions on a page.
_PAGE = 100

#: The most versions that one look reads whose names are not known. The next look goes on from there.
MOST_READ = 150

#: The seconds after which a look reads no more, because a step may take three minutes.
MOST_SECONDS = 60

#: The most time between the creation of a version and the one in its metadata.
_APART = timedelta(hours=1)

#: The length of a client token.
_TOKEN = 36

#: The names of the versions that each client has read, by their ARNs; empty for those without a name, and for
#: copies. A version never changes its name, and a group may have hundreds of versions.
_NAMES: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


class Versions(SageMaker):
    """The versions of some groups, by the names that this library gives them.

    Args:
        client: the client of SageMaker.
        kind: the kind of the versions.
        groups: the names or the ARNs of the groups that a request is about.
        request_id: the id of the request, which every create of one request has in common.
        now: returns the time.
        seconds: returns the seconds since some moment.
    """

    def __init__(
        self,
        client: Any,
        kind: JobKind,
        groups: Sequence[str],
        request_id: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(client, kind)
        self._groups = groups
        self._request_id = request_id
        self._now = now
        self._seconds = seconds
        self._began = 0.0
        self._seen: dict[str, set[str]] = {}
        self._read = 0

    def job(self, name: str) -> Job | None:
        """The version of this name; None if there is none."""
        found = self._find(name)
        if not found:
            return None
        first, reason = found[0], _failure_reason(found[0])
        version = Job.parse(self._kind, {**first, self._kind.name_member: name, "FailureReason": reason})
        return replace(version, later_ones=tuple(each[self._kind.arn_member] for each in found[1:]))

    def tags(self, arn: str) -> dict[str, str]:
        """The metadata properties of a version."""
        response = self._call(lambda: self._describe(arn), "ListTags")
        return dict(response.get(_METADATA) or {})

    def create(self, request: dict[str, Any], *, again: bool = False) -> str:
        """Creates a version from the parameters of CreateModelPackage, and returns its ARN.

        Args:
            request: the parameters, with a name and tags.
            again: true if the version that the request has created is gone. Its client token may lead to it
                for as long as AWS knows the token, so the second one has another. There is no third token,
                because each read that is very old would make a version.
        """
        parameters = dict(request)
        name = parameters.pop(self._kind.name_member)
        tags = {tag["Key"]: tag["Value"] for tag in parameters.pop("Tags", [])}
        own = {VERSION_NAME: name, VERSION_TIME: self._now().isoformat()}
        parameters[_METADATA] = {**parameters.get(_METADATA, {}), **tags, **own}
        of = f"{self._request_id} {name}{' again' if again else ''}"
        token = hashlib.sha256(of.encode()).hexdigest()[:_TOKEN]
        return super().create({**parameters, "ClientToken": token})

    def stop(self, name: str) -> None:
        """Does nothing: no version runs."""

    def delete(self, name: str) -> None:
        """Deletes every version of this name, because a lost response may have left more than one.

        Args:
            name: the name, or the ARN of a single version.
        """
        is_single = name.startswith("arn:")
        if not is_single:
            self._find(name)
        for arn in [name] if is_single else sorted(self._seen.get(name, ())):
            call = partial(self._client.delete_model_package, ModelPackageName=arn)
            self._unless_not_found(call, self._kind.operation("Delete"))

    def retag(self, arn: str, added: dict[str, str], removed: Sequence[str]) -> None:
        """Removes metadata properties, adds others or changes their values, and changes settings."""
        if removed:
            keys = {f"{_METADATA}ToRemove": list(removed)}
            self._call(lambda: self._update(arn, keys), "DeleteTags")
        changes: dict[str, Any] = {key: added[key] for key in self._kind.changeable if key in added}
        metadata = {key: value for key, value in added.items() if key not in changes}
        if metadata:
            # AWS does not document whether the properties that an update leaves out stay. A read may still
            # show those that were removed.
            kept = {key: value for key, value in self.tags(arn).items() if key not in removed}
            changes[_METADATA] = {**kept, **metadata}
        if changes:
            self._call(lambda: self._update(arn, changes), "AddTags")

    def _update(self, arn: str, changes: dict[str, Any]) -> None:
        self._client.update_model_package(ModelPackageArn=arn, **changes)

    def _find(self, name: str) -> list[dict[str, Any]]:
        """The descriptions of the versions of this name, the oldest first."""
        self._read, self._began = 0, self._seconds()
        found: list[dict[str, Any]] = []
        for group in self._groups:
            for summary in self._newest_first(group):
                described = self._described(summary[self._kind.arn_member], name)
                if described is not None:
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
            is_long = self._read > 1 and self._seconds() - self._began > MOST_SECONDS
            if is_long or self._read > MOST_READ:
                reason = "a group has more versions than one look can read"
                raise CallError(ErrorKind.TRANSIENT, self._looking, reason)
        described = self._unless_not_found(lambda: self._describe(arn), self._looking)
        if described is None:
            return None
        names[arn] = _name_of(described)
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


def _name_of(described: dict[str, Any]) -> str:
    """The name that this library has given to a version; empty if it has none, or is a copy."""
    metadata = described.get(_METADATA) or {}
    try:
        registered = datetime.fromisoformat(metadata[VERSION_TIME])
        is_copy = abs(described["CreationTime"] - registered) > _APART
    except (KeyError, ValueError, TypeError):
        return ""
    return "" if is_copy else str(metadata.get(VERSION_NAME, ""))


def _failure_reason(described: dict[str, Any]) -> str:
    """The reasons of the checks that a version did not pass."""
    details = described.get("ModelPackageStatusDetails") or {}
    checks = [*(details.get("ValidationStatuses") or []), *(details.get("ImageScanStatuses") or [])]
    return "; ".join(check["FailureReason"] for check in checks if check.get("FailureReason"))
