"""Optimization jobs, as SageMaker's API shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.simulation.faults import Faults, client_error


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

    @property
    def creation_time(self) -> str:
        return _time(self.created).isoformat()

    def status(self, now: float) -> str:
        end = self._natural_end
        if self.stop_requested is not None and (end is None or self.stop_requested < end):
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
        return "STOPPED"


class SimulatedSageMaker:
    """A client's methods, over jobs in memory."""

    def __init__(self, account: str, region: str, now: Callable[[], float], faults: Faults) -> None:
        self.jobs: dict[str, SimulatedJob] = {}
        #: Every job that was ever started, in order, also those whose record is gone.
        self.started: list[SimulatedJob] = []
        #: The names of the records that were deleted, each with its status then.
        self.deleted: list[tuple[str, str]] = []
        #: Every request that arrived at CreateOptimizationJob.
        self.requests: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.script = Script()
        self.quota: int | None = None
        self._account = account
        self._region = region
        self._now = now
        self._faults = faults

    def running(self) -> list[str]:
        return [n for n, job in self.jobs.items() if job.status(self._now()) in ("STARTING", "INPROGRESS")]

    def create_optimization_job(self, **request: Any) -> dict[str, Any]:
        name = request["OptimizationJobName"]
        self.calls.append("CreateOptimizationJob")
        with self._faults.call("CreateOptimizationJob"):
            self.requests.append(request)
            if name in self.jobs:
                raise client_error("CreateOptimizationJob", "ResourceInUse", f"Job {name} exists already")
            if self.quota is not None and len(self.running()) >= self.quota:
                message = (
                    f"The account-level service limit 'ml.g5.12xlarge for optimization job usage' is "
                    f"{self.quota} Instances, with current utilization of {len(self.running())} Instances"
                )
                raise client_error("CreateOptimizationJob", "ResourceLimitExceeded", message)
            tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
            job = SimulatedJob(request, self._now(), self.script, tags=tags)
            self.jobs[name] = job
            self.started.append(job)
        return {"OptimizationJobArn": self.arn(name)}

    def describe_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        assert isinstance(OptimizationJobName, str), "botocore refuses anything else"
        self.calls.append("DescribeOptimizationJob")
        with self._faults.call("DescribeOptimizationJob"):
            job = self._get(OptimizationJobName, "DescribeOptimizationJob")
            now = self._now()
            status, end = job.status(now), job.ended_at(now)
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
                response["FailureReason"] = job.script.reason
        return response

    def stop_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append("StopOptimizationJob")
        with self._faults.call("StopOptimizationJob"):
            job = self._get(OptimizationJobName, "StopOptimizationJob")
            if job.status(self._now()) not in ("STARTING", "INPROGRESS"):
                raise client_error(
                    "StopOptimizationJob", "ValidationException", "The job cannot be stopped now"
                )
            job.stop_requested = self._now()
        return {}

    def delete_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append("DeleteOptimizationJob")
        with self._faults.call("DeleteOptimizationJob"):
            job = self._get(OptimizationJobName, "DeleteOptimizationJob")
            if job.status(self._now()) not in ("COMPLETED", "FAILED", "STOPPED"):
                raise client_error("DeleteOptimizationJob", "ValidationException", "The job has not ended")
            self.deleted.append((OptimizationJobName, job.status(self._now())))
            del self.jobs[OptimizationJobName]
        return {}

    def list_tags(self, *, ResourceArn: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        with self._faults.call("ListTags"):
            tags = self._get(ResourceArn.rpartition("/")[2], "ListTags").tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("AddTags")
        with self._faults.call("AddTags"):
            job = self._get(ResourceArn.rpartition("/")[2], "AddTags")
            job.tags |= {tag["Key"]: tag["Value"] for tag in Tags}
        return {}

    def delete_tags(self, *, ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("DeleteTags")
        with self._faults.call("DeleteTags"):
            job = self._get(ResourceArn.rpartition("/")[2], "DeleteTags")
            job.tags = {key: value for key, value in job.tags.items() if key not in TagKeys}
        return {}

    def arn(self, name: str) -> str:
        return f"arn:aws:sagemaker:{self._region}:{self._account}:optimization-job/{name}"

    def _get(self, name: str, operation: str) -> SimulatedJob:
        if name not in self.jobs:
            raise client_error(operation, "ResourceNotFound", f"Could not find optimization job {name}")
        return self.jobs[name]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
