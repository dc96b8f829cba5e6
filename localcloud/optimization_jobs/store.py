"""The jobs that there are and were."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from localcloud.api import ApiError
from localcloud.optimization_jobs.job import Job, Work


class Store:
    """All jobs of all regions. A name is taken in its account and region until the job's record is deleted.

    Attributes:
        lock: Held by whoever looks at jobs or changes them.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._ever: list[Job] = []
        self._current: dict[tuple[str, str, str], Job] = {}

    def check_free(self, account: str, region: str, name: str) -> None:
        """Raises ResourceInUse if a name is taken."""
        if (holder := self._current.get((account, region, name))) is not None:
            raise ApiError(
                "ResourceInUse",
                "Optimization job names must be unique within an AWS account and region, "
                f"and an optimization job with this name already exists ({holder.arn})",
            )

    def add(self, job: Job) -> None:
        self._current[(job.account, job.region, job.name)] = job
        self._ever.append(job)

    def get(self, account: str, region: str, name: str) -> Job:
        """Raises ResourceNotFound."""
        job = self._current.get((account, region, name))
        if job is None:
            raise ApiError("ResourceNotFound", f"Could not find optimization job with name: {name}")
        return job

    def delete(self, job: Job, now: float) -> None:
        del self._current[(job.account, job.region, job.name)]
        job.deleted = now

    def current(self, account: str, region: str) -> Iterator[Job]:
        """The jobs that the API knows, in the order of their creation."""
        return (job for key, job in self._current.items() if key[:2] == (account, region))

    def ever(self) -> list[Job]:
        """Every job since the last `clear`, in the order of creation, also those whose record is deleted."""
        return list(self._ever)

    def settle(self, now: float, work: Work) -> None:
        """Let everything happen to the jobs that was due until `now`."""
        with self.lock:
            for job in self._ever:
                job.settle(now, work)

    def clear(self) -> None:
        with self.lock:
            self._ever.clear()
            self._current.clear()
