"""The metrics of a job that has ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from ..contract import FAILURES, MAX_RUNTIME_SHARE, QUEUE_TIME, RUN_TIME
from ..sagemaker.job import Job
from .embedded_metrics import log_metrics


@dataclass(frozen=True)
class Measurement:
    """The end of one run of a job, with what it took."""

    job_name: str
    #: The job's CreationTime, and its end, in ISO 8601.
    run: str
    end: str
    stack_id: str
    logical_resource_id: str
    status: str
    #: The values by the names of the metrics.
    values: dict[str, float]

    @classmethod
    def of(cls, job: Job, stack_id: str, logical_resource_id: str) -> Measurement:
        """The measurement of a job that has ended."""
        end = job.end_time or job.last_modified_time
        values: dict[str, float] = {
            QUEUE_TIME: _seconds((job.start_time or end) - job.creation_time),
            FAILURES: 0 if job.is_completed else 1,
        }
        if job.start_time is not None:
            values[RUN_TIME] = _seconds(end - job.start_time)
            if job.max_runtime:
                values[MAX_RUNTIME_SHARE] = round(100 * values[RUN_TIME] / job.max_runtime, 1)
        return cls(
            job_name=job.name,
            run=job.run,
            end=end.isoformat(),
            stack_id=stack_id,
            logical_resource_id=logical_resource_id,
            status=job.status,
            values=values,
        )

    @property
    def stack_name(self) -> str:
        """The name of the job's stack."""
        return self.stack_id.split(":", 5)[-1].split("/")[1]

    def as_state(self) -> dict[str, Any]:
        """The measurement as JSON has it."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Measurement:
        """The measurement of a state, whose other members belong to a newer function."""
        return cls(**{name: value for name, value in state.items() if name in _NAMES})

    def write(self) -> None:
        """Writes the line, with the job's name beside the metrics: as a dimension it would have no bounds."""
        log_metrics(
            "ended",
            self.values,
            at=datetime.fromisoformat(self.end),
            stack_name=self.stack_name,
            logical_resource_id=self.logical_resource_id,
            job=self.job_name,
            status=self.status,
        )


_NAMES = {field.name for field in fields(Measurement)}


def _seconds(time: timedelta) -> float:
    return round(max(time.total_seconds(), 0), 3)
