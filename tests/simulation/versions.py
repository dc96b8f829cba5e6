"""Versions in the model registry, as SageMaker's API shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.kernel.dialect import Dialect
from optimization_job.contract import VERSION_NAME
from tests.simulation.faults import Faults, client_error

_FOR_EVER = float("inf")


@dataclass
class SimulatedVersion:
    arn: str
    group: str
    number: int
    request: dict[str, Any]
    created: float
    #: The stack and the logical id of the resource that it was made for, as far as that is known.
    resource: tuple[str, str] = ("", "")
    deleted: float = _FOR_EVER
    #: The approval and the metadata from a time on; the last ones that have begun are those of the version.
    states: list[tuple[float, str, dict[str, str]]] = field(default_factory=list)
    #: Why the version is no good, if it is not.
    failure: str = ""

    @property
    def name(self) -> str:
        """The name that the library has given it; empty for one of somebody else."""
        return self.metadata.get(VERSION_NAME, "")

    @property
    def approval(self) -> str:
        return self.states[-1][1]

    @property
    def metadata(self) -> dict[str, str]:
        return self.states[-1][2]


@dataclass
class SimulatedVersions:
    """A client's methods, over versions in memory. A group is there unless it is said to be missing.

    Args:
        note: meets each call with its operation and the name or the ARN that it is about.
        lag: how far behind a read is, given the longest time.
    """

    account: str
    region: str
    now: Callable[[], float]
    faults: Faults
    dialect: Dialect
    lag: Callable[[float], float]
    note: Callable[[str, str], None]
    caller: Callable[[], tuple[str, str, str]]
    #: Every version that was ever made, in order.
    made: list[SimulatedVersion] = field(default_factory=list)
    #: Every request that arrived at CreateModelPackage.
    requests: list[dict[str, Any]] = field(default_factory=list)
    #: The groups that do not exist.
    missing_groups: set[str] = field(default_factory=set)
    #: How the service says so.
    missing: str = "Model Package Group {group} does not exist."
    #: Why new versions are no good.
    failure: str = ""
    #: The versions on a page.
    page: int = 100

    @property
    def present(self) -> list[SimulatedVersion]:
        """Those that are there, oldest first."""
        return [version for version in self.made if version.deleted == _FOR_EVER]

    def add(self, group: str, **metadata: str) -> SimulatedVersion:
        """A version that somebody else registers."""
        return self._make({"ModelPackageGroupName": group, "CustomerMetadataProperties": metadata})

    def remove(self, version: SimulatedVersion) -> None:
        """Somebody deletes a version, and that is seen at once."""
        version.deleted = self.now() - self.dialect.delete_lag

    def create_model_package(self, **request: Any) -> dict[str, Any]:
        group = request["ModelPackageGroupName"]
        self.note("CreateModelPackage", group)
        with self.faults.call("CreateModelPackage"):
            self.requests.append(request)
            assert "ModelPackageName" not in request, "a version of a group has no name"
            assert len(request["ClientToken"]) <= 36
            if "Tags" in request:
                message = (
                    "Tags are not supported in Model Package versions. Please add them to the Model Package "
                    "Group"
                )
                raise client_error("CreateModelPackage", "ValidationException", message)
            self._check_group("CreateModelPackage", group)
            known = [v for v in self.made if v.request.get("ClientToken") == request["ClientToken"]]
            if known and self.dialect.known_client_token == "the same version":
                return {"ModelPackageArn": known[0].arn}
            if known and self.dialect.known_client_token == "refused":
                message = "A model package with this client token already exists"
                raise client_error("CreateModelPackage", "ConflictException", message)
            version = self._make(request)
        return {"ModelPackageArn": version.arn}

    def describe_model_package(self, *, ModelPackageName: str, IncludedData: str) -> dict[str, Any]:  # noqa: N803
        assert IncludedData == "MetadataOnly"
        self.note("DescribeModelPackage", ModelPackageName)
        with self.faults.call("DescribeModelPackage"):
            now = self.now() - self.lag(self.dialect.job_read_lag)
            found = [version for version in self._seen(now) if version.arn == ModelPackageName]
            if not found:
                message = f"ModelPackage {ModelPackageName} does not exist."
                raise client_error("DescribeModelPackage", "ValidationException", message)
            (version,) = found
            _, approval, metadata = next(state for state in reversed(version.states) if state[0] <= now)
            apart = ("ClientToken", "ModelApprovalStatus", "CustomerMetadataProperties")
            response = {
                **{name: value for name, value in version.request.items() if name not in apart},
                **self._summary(version, now),
                "ModelApprovalStatus": approval,
            }
            if metadata:
                response["CustomerMetadataProperties"] = dict(metadata)
            if response["ModelPackageStatus"] == "Failed":
                item = {"Name": "scan", "Status": "Failed", "FailureReason": version.failure}
                response["ModelPackageStatusDetails"] = {"ImageScanStatuses": [item]}
        return response

    def list_model_packages(
        self,
        *,
        ModelPackageGroupName: str,  # noqa: N803
        ModelPackageType: str,  # noqa: N803
        SortBy: str,  # noqa: N803
        SortOrder: str,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        assert (ModelPackageType, SortBy, SortOrder) == ("Versioned", "CreationTime", "Descending")
        self.note("ListModelPackages", ModelPackageGroupName)
        with self.faults.call("ListModelPackages"):
            self._check_group("ListModelPackages", ModelPackageGroupName)
            now = self.now() - self.lag(self.dialect.job_read_lag)
            found = [v for v in self._seen(now) if v.group == ModelPackageGroupName]
            begin, size = int(NextToken or 0), min(self.page, MaxResults)
            page = found[::-1][begin : begin + size]
            more = {"NextToken": str(begin + size)} if begin + size < len(found) else {}
            return {"ModelPackageSummaryList": [self._summary(version, now) for version in page], **more}

    def update_model_package(
        self,
        *,
        ModelPackageArn: str,  # noqa: N803
        ModelApprovalStatus: str | None = None,  # noqa: N803
        CustomerMetadataProperties: dict[str, str] | None = None,  # noqa: N803
        CustomerMetadataPropertiesToRemove: list[str] | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self.note("UpdateModelPackage", ModelPackageArn)
        with self.faults.call("UpdateModelPackage"):
            version = self._to_change("UpdateModelPackage", ModelPackageArn)
            metadata = dict(version.metadata)
            if CustomerMetadataProperties is not None:
                kept = metadata if self.dialect.metadata_left_out == "stays" else {}
                metadata = {**kept, **CustomerMetadataProperties}
            for key in CustomerMetadataPropertiesToRemove or ():
                metadata.pop(key, None)
            version.states.append((self.now(), ModelApprovalStatus or version.approval, metadata))
        return {"ModelPackageArn": ModelPackageArn}

    def delete_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        self.note("DeleteModelPackage", ModelPackageName)
        with self.faults.call("DeleteModelPackage"):
            version = self._to_change("DeleteModelPackage", ModelPackageName)
            version.deleted = min(version.deleted, self.now())
        return {}

    def _make(self, request: dict[str, Any]) -> SimulatedVersion:
        group = request["ModelPackageGroupName"]
        number = 1 + sum(version.group == group for version in self.made)
        arn = f"arn:aws:sagemaker:{self.region}:{self.account}:model-package/{group.lower()}/{number}"
        state = (
            self.now(),
            request.get("ModelApprovalStatus", "PendingManualApproval"),
            dict(request.get("CustomerMetadataProperties", {})),
        )
        version = SimulatedVersion(
            arn, group, number, request, self.now(), self.caller()[:2], states=[state], failure=self.failure
        )
        self.made.append(version)
        return version

    def _summary(self, version: SimulatedVersion, now: float) -> dict[str, Any]:
        status = "Failed" if version.failure else "Completed"
        if now < version.created + self.dialect.version_pending:
            status = "Pending"
        if now >= version.deleted:
            status = "Deleting"
        return {
            "ModelPackageGroupName": version.group,
            "ModelPackageVersion": version.number,
            "ModelPackageArn": version.arn,
            "CreationTime": datetime.fromtimestamp(version.created, UTC),
            "ModelPackageStatus": status,
        }

    def _seen(self, now: float) -> list[SimulatedVersion]:
        """The versions as a read shows them, oldest first."""
        return [v for v in self.made if v.created <= now < v.deleted + self.dialect.delete_lag]

    def _to_change(self, operation: str, arn: str) -> SimulatedVersion:
        for version in self.made:
            if version.arn == arn and self.now() < version.deleted + self.dialect.delete_lag:
                return version
        raise client_error(operation, "ValidationException", f"ModelPackage {arn} does not exist.")

    def _check_group(self, operation: str, group: str) -> None:
        if group in self.missing_groups:
            raise client_error(operation, "ValidationException", self.missing.replace("{group}", group))
