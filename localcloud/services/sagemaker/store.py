"""The jobs that there are and were."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from localcloud.kernel.api import ApiError
from localcloud.services.sagemaker.job import Job, Work


class Store:
    """All jobs of all regions. A name is taken in its account and region until the job's record is gone.

    Attributes:
        lock: Hold it to look at jobs or to change them.
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

    def get(self, account: str, region: str, name: str) -> Job | None:
        """The job of a name; None if there is none."""
        return self._current.get((account, region, name))

    def seen(self, account: str, region: str, name: str, time: float) -> Job | None:
        """As `get`, with the job as it was at a time that may be past."""
        for job in reversed(self._ever):
            is_it = (job.account, job.region, job.name) == (account, region, name)
            if is_it and job.created <= time and (job.deleted is None or time < job.deleted):
                return job.as_of(time)
        return None

    def delete(self, job: Job, now: float, lag: float) -> None:
        """Delete a job's record; it is still there for `lag` seconds."""
        job.delete(now, lag)
        self._remove_deleted()

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
            self._remove_deleted()

    def _remove_deleted(self) -> None:
        self._current = {key: job for key, job in self._current.items() if job.deleted is None}

    def clear(self) -> None:
        with self.lock:
            self._ever.clear()
            self._current.clear()
