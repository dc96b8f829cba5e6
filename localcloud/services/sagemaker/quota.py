"""Quotas of the jobs that run at the same time."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.kernel.api import ApiError
from localcloud.services.sagemaker.job import Job


class Quotas:
    """The account's quotas: without any, as many jobs run as are created."""

    def __init__(self) -> None:
        self._limits: dict[str | None, int] = {}

    def set(self, limit: int | None, instance_type: str | None) -> None:
        """Let at most `limit` jobs run at a time (None: any number), of one instance type, or in all."""
        if limit is not None and limit < 0:
            raise ValueError(f"limit must be 0 or more running jobs, or None for no limit, got {limit}")
        if limit is None:
            self._limits.pop(instance_type, None)
        else:
            self._limits[instance_type] = limit

    def check(self, instance_type: str, jobs: Iterable[Job]) -> None:
        """Raise ResourceLimitExceeded if a quota does not allow one more job next to `jobs`."""
        running = [job.request["DeploymentInstanceType"] for job in jobs if job.is_running]
        self._check(instance_type, instance_type, running.count(instance_type))
        self._check(None, instance_type, len(running))

    def _check(self, quota: str | None, instance_type: str, running: int) -> None:
        limit = self._limits.get(quota)
        if limit is not None and running >= limit:
            raise ApiError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{instance_type} for optimization job usage' is {limit} "
                f"Instances, with current utilization of {running} Instances and a request delta of 1 "
                "Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS "
                "Service Quotas is not available, contact AWS support to request an increase for this quota.",
            )

    def clear(self) -> None:
        self._limits.clear()
