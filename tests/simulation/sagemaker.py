"""SageMaker's API, with its optimization jobs; models and endpoints have files of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from localcloud.kernel.dialect import Dialect, Wording
from tests.simulation.endpoints import SimulatedEndpoints
from tests.simulation.faults import Faults, client_error
from tests.simulation.models import SimulatedModels
from tests.simulation.versions import SimulatedVersions

#: As long as a record that nobody has deleted.
_FOR_EVER = float("inf")


@dataclass(frozen=True)
class Script:
    """What becomes of a job: seconds to its start and its end, and how it ends. A job without an end runs for
    ever.
    """

    starts_after: float = 60
    ends_after: float | None = 1500
    outcome: str = "COMPLETED"
    reason: str = ""
    stops_after: float = 20


@dataclass
class SimulatedJob:
    request: dict[str, Any]
    created: float
    script: Script
    stop_requested: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=Dialect)
    #: The stack and the logical id of the resource that it was started for, as far as that is known.
    resource: tuple[str, str] = ("", "")

    @property
    def creation_time(self) -> str:
        return _time(self.created).isoformat()

    def status(self, now: float) -> str:
        end = self._natural_end
        is_stopped = self.stop_requested is not None and now >= self.stop_requested
        if self.stop_requested is not None and is_stopped and (end is None or self.stop_requested < end):
            return "STOPPED" if now >= self.stop_requested + self.script.stops_after else "STOPPING"
        if end is not None and now >= end:
            return self._natural_outcome
        return "INPROGRESS" if now >= self.created + self.script.starts_after else "STARTING"

    def status_since(self, now: float) -> float:
        """When the job came to its present status."""
        ended, status = self.ended_at(now), self.status(now)
        if ended is not None:
            return ended
        if status == "STOPPING" and self.stop_requested is not None:
            return self.stop_requested
        return self.created + (self.script.starts_after if status == "INPROGRESS" else 0)

    def ended_at(self, now: float) -> float | None:
        status = self.status(now)
        if status not in ("COMPLETED", "FAILED", "STOPPED"):
            return None
        stopped = None if self.stop_requested is None else self.stop_requested + self.script.stops_after
        end = self._natural_end
        return min(time for time in (stopped, end) if time is not None)

    @property
    def _limit(self) -> float | None:
        runtime = self.request["StoppingCondition"].get("MaxRuntimeInSeconds")
        return None if runtime is None else self.created + self.script.starts_after + runtime

    @property
    def _natural_end(self) -> float | None:
        own = None if self.script.ends_after is None else self.created + self.script.ends_after
        ends = [end for end in (own, self._limit) if end is not None]
        return min(ends) if ends else None

    @property
    def _natural_outcome(self) -> str:
        if self.script.ends_after is not None and self._natural_end == self.created + self.script.ends_after:
            return self.script.outcome
        return self.dialect.status_at_limit

    def reason(self, now: float) -> str:
        """Why it failed."""
        own_end = None if self.script.ends_after is None else self.created + self.script.ends_after
        return self.script.reason if self.ended_at(now) == own_end else self.dialect.reason_at_limit

    def as_seen(self, now: float) -> SimulatedJob:
        """The job as a read shows it, to which a stop comes late."""
        is_unseen = self.stop_requested is not None and now < self.stop_requested + self.dialect.stop_lag
        return replace(self, stop_requested=None) if is_unseen else self


@dataclass
class Record:
    """What the reads know of a job, and since when and until when they do."""

    name: str
    job: SimulatedJob
    deleted: float = _FOR_EVER
    gone: float = _FOR_EVER
    #: The tags from a time on; the last ones that have begun are those of the job.
    tags: list[tuple[float, dict[str, str]]] = field(default_factory=list)


class SimulatedSageMaker:
    """A client's methods, over jobs in memory."""

    def __init__(
        self,
        account: str,
        region: str,
        now: Callable[[], float],
        faults: Faults,
        dialect: Dialect | None = None,
        lag: Callable[[float], float] = lambda longest: longest,
    ) -> None:
        self.jobs: dict[str, SimulatedJob] = {}
        #: Every job that was ever started, in order, also those whose record is gone.
        self.started: list[SimulatedJob] = []
        #: The names of the records that were deleted, each with its status then.
        self.deleted: list[tuple[str, str]] = []
        #: Every request that arrived at CreateOptimizationJob.
        self.requests: list[dict[str, Any]] = []
        self.calls: list[str] = []
        #: When each call about a job was made: the operation, the job's name and the request.
        self.calls_at: list[tuple[float, str, str, str]] = []
        self.script = Script()
        self.quota: int | None = None
        #: What IAM allows, as the policies write the names of jobs; everything until one is written.
        self.allowed_names: set[str] = set()
        #: What a call is made for just now: the stack, the logical id and the request.
        self.caller: Callable[[], tuple[str, str, str]] = lambda: ("", "", "")
        self._account = account
        self._region = region
        self._now = now
        self._faults = faults
        self._dialect = dialect or Dialect()
        self._lag = lag
        self._records: list[Record] = []
        self.models = SimulatedModels(
            account,
            region,
            now,
            faults,
            self._dialect,
            lag,
            self._authorize_model,
            lambda: self.caller(),
        )
        self.create_model = self.models.create_model
        self.describe_model = self.models.describe_model
        self.delete_model = self.models.delete_model
        self.versions = SimulatedVersions(
            account, region, now, faults, self._dialect, lag, self._note_call, lambda: self.caller()
        )
        self.create_model_package = self.versions.create_model_package
        self.describe_model_package = self.versions.describe_model_package
        self.list_model_packages = self.versions.list_model_packages
        self.update_model_package = self.versions.update_model_package
        self.delete_model_package = self.versions.delete_model_package
        self.endpoints = SimulatedEndpoints(account, region, now, faults, self._dialect)
        self.describe_endpoint = self.endpoints.describe_endpoint
        self.describe_inference_component = self.endpoints.describe_inference_component

    def running(self) -> list[str]:
        return [n for n, job in self.jobs.items() if job.status(self._now()) in ("STARTING", "INPROGRESS")]

    def create_optimization_job(self, **request: Any) -> dict[str, Any]:
        name = request["OptimizationJobName"]
        self.calls.append("CreateOptimizationJob")
        self._authorize("CreateOptimizationJob", name)
        with self._faults.call("CreateOptimizationJob"):
            self.requests.append(request)
            if name in self.jobs or self._being_deleted(name):
                raise client_error("CreateOptimizationJob", "ResourceInUse", f"Job {name} exists already")
            if self.quota is not None and len(self.running()) >= self.quota:
                message = (
                    f"The account-level service limit 'ml.g5.12xlarge for optimization job usage' is "
                    f"{self.quota} Instances, with current utilization of {len(self.running())} Instances"
                )
                raise client_error("CreateOptimizationJob", "ResourceLimitExceeded", message)
            tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
            job = SimulatedJob(
                request,
                self._now(),
                self.script,
                tags=tags,
                dialect=self._dialect,
                resource=self.caller()[:2],
            )
            self.jobs[name] = job
            self.started.append(job)
            self._records.append(Record(name, job, tags=[(self._now(), tags)]))
        return {"OptimizationJobArn": self.arn(name)}

    def describe_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        assert isinstance(OptimizationJobName, str), "botocore refuses anything else"
        self.calls.append("DescribeOptimizationJob")
        self._authorize("DescribeOptimizationJob", OptimizationJobName)
        with self._faults.call("DescribeOptimizationJob"):
            now = self._now() - self._lag(self._dialect.job_read_lag)
            record = self._read(OptimizationJobName, "DescribeOptimizationJob", now)
            job = record.job.as_seen(now)
            status, end = job.status(now), job.ended_at(now)
            if self._dialect.shows_deleting and now >= record.deleted:
                status = "DELETING"
            response = {
                **{key: value for key, value in job.request.items() if key != "Tags"},
                "OptimizationJobArn": self.arn(OptimizationJobName),
                "OptimizationJobStatus": status,
                "CreationTime": _time(job.created),
                "LastModifiedTime": _time(end if end is not None else now),
            }
            if now >= job.created + job.script.starts_after:
                response["OptimizationStartTime"] = _time(job.created + job.script.starts_after)
            if end is not None:
                response["OptimizationEndTime"] = _time(end)
            if status == "COMPLETED":
                response["OptimizationOutput"] = {
                    "RecommendedInferenceImage": "registry/djl-inference:0.29.0"
                }
            if status == "FAILED":
                response["FailureReason"] = job.reason(now)
        return response

    def stop_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append("StopOptimizationJob")
        self._authorize("StopOptimizationJob", OptimizationJobName)
        with self._faults.call("StopOptimizationJob"):
            job = self._to_change(OptimizationJobName, "StopOptimizationJob")
            if job is None or job is not job.as_seen(self._now()):
                # It was stopped or deleted already, and neither is seen yet.
                return {}
            if job.status(self._now()) not in ("STARTING", "INPROGRESS"):
                raise self._out_of_turn("StopOptimizationJob", job.status(self._now()))
            job.stop_requested = self._now()
        return {}

    def delete_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append("DeleteOptimizationJob")
        self._authorize("DeleteOptimizationJob", OptimizationJobName)
        with self._faults.call("DeleteOptimizationJob"):
            job = self._to_change(OptimizationJobName, "DeleteOptimizationJob")
            if job is None:
                return {}
            if job.status(self._now()) not in ("COMPLETED", "FAILED", "STOPPED"):
                raise self._out_of_turn("DeleteOptimizationJob", job.status(self._now()))
            self.deleted.append((OptimizationJobName, job.status(self._now())))
            del self.jobs[OptimizationJobName]
            for record in self._records:
                if record.job is job:
                    record.deleted = self._now()
                    record.gone = self._now() + self._dialect.delete_lag
        return {}

    def list_tags(self, *, ResourceArn: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        name = ResourceArn.rpartition("/")[2]
        self._authorize("ListTags", name)
        with self._faults.call("ListTags"):
            now = self._now() - self._lag(self._dialect.job_read_lag)
            record = self._read(name, "ListTags", now)
            tags = record.job.tags
            if self._dialect.job_read_lag:
                tags = next((then for since, then in reversed(record.tags) if since <= now), tags)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        if ":model/" in ResourceArn:
            added = {tag["Key"]: tag["Value"] for tag in Tags}
            self.models.change_tags(ResourceArn, "AddTags", lambda present: present | added)
            return {}
        self.calls.append("AddTags")
        name = ResourceArn.rpartition("/")[2]
        self._authorize("AddTags", name)
        with self._faults.call("AddTags"):
            tags = {tag["Key"]: tag["Value"] for tag in Tags}
            self._tag(name, "AddTags", lambda present: present | tags)
        return {}

    def delete_tags(self, *, ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:  # noqa: N803
        if ":model/" in ResourceArn:
            self.models.change_tags(
                ResourceArn,
                "DeleteTags",
                lambda present: {key: value for key, value in present.items() if key not in TagKeys},
            )
            return {}
        self.calls.append("DeleteTags")
        name = ResourceArn.rpartition("/")[2]
        self._authorize("DeleteTags", name)
        with self._faults.call("DeleteTags"):
            self._tag(
                name, "DeleteTags", lambda present: {k: v for k, v in present.items() if k not in TagKeys}
            )
        return {}

    def arn(self, name: str) -> str:
        return f"arn:aws:sagemaker:{self._region}:{self._account}:optimization-job/{name}"

    def _note_call(self, operation: str, name: str) -> None:
        self.calls.append(operation)
        self.calls_at.append((self._now(), operation, name, self.caller()[2]))

    def _authorize_model(self, operation: str, name: str) -> None:
        self.calls.append(operation)
        self._authorize(operation, name)

    def _authorize(self, operation: str, name: str) -> None:
        """IAM, where it sees a name in lower case: a policy has to match that."""
        self.calls_at.append((self._now(), operation, name, self.caller()[2]))
        if not self._dialect.lower_case_arns or not self.allowed_names:
            return
        if not any(fnmatchcase(name.lower(), pattern) for pattern in self.allowed_names):
            raise client_error(
                operation,
                "AccessDeniedException",
                f"not authorized to perform: sagemaker:{operation} on resource: {self.arn(name.lower())} "
                f"because no identity-based policy allows the sagemaker:{operation} action",
            )

    def _read(self, name: str, operation: str, now: float) -> Record:
        """What a read finds that shows how things were at a time, which may be some seconds ago."""
        job = self.jobs.get(name)
        for record in reversed(self._records):
            is_there = record.job is job or record.deleted < _FOR_EVER
            if record.name == name and is_there and record.job.created <= now < record.gone:
                return record
        if job is not None and (job.created <= now or not self._dialect.job_read_lag):
            return Record(name, job)
        raise self._missing(operation, name)

    def _to_change(self, name: str, operation: str) -> SimulatedJob | None:
        """The job that is to be changed; None if it was deleted and its record is still seen."""
        if name in self.jobs:
            return self.jobs[name]
        if not self._being_deleted(name):
            raise self._missing(operation, name)
        if self._dialect.shows_deleting:
            raise self._out_of_turn(operation, "DELETING")
        return None

    def _being_deleted(self, name: str) -> bool:
        return any(
            record.name == name and record.deleted <= self._now() < record.gone for record in self._records
        )

    def _tag(self, name: str, operation: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        job = self._to_change(name, operation)
        if job is None:
            return
        job.tags = change(job.tags)
        for record in self._records:
            if record.job is job:
                record.tags.append((self._now(), job.tags))

    def _missing(self, operation: str, name: str) -> Exception:
        return _error(operation, self._dialect.missing_job, name=name)

    def _out_of_turn(self, operation: str, status: str) -> Exception:
        return _error(operation, self._dialect.out_of_turn, status=status)


def _error(operation: str, wording: Wording, *, name: str = "", status: str = "") -> Exception:
    return client_error(operation, wording.code, wording.text(name=name, status=status))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
