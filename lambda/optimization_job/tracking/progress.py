"""The metrics of a job that waits or runs, for alarms that must not wait for its end."""

from __future__ import annotations

from datetime import datetime

from ..contract import CURRENT_MAX_RUNTIME_SHARE, CURRENT_QUEUE_TIME
from ..sagemaker.job import Job
from .embedded_metrics import log_metrics
from .tracker import Tracker


def log_progress(tracker: Tracker, job: Job | None, now: datetime) -> None:
    """Writes how long the job waits by now, or how much of its time it has used.

    Args:
        tracker: the run that is followed.
        job: the job as this look has found it; None if there is none.
        now: the time of the look.
    """
    if job is None or job.run != tracker.run:
        return
    values = progress_of(job, now)
    if values:
        log_metrics(
            "looked",
            values,
            at=now,
            stack_name=tracker.stack_name,
            logical_resource_id=tracker.logical_resource_id,
            job=job.name,
            status=job.status,
        )


def progress_of(job: Job, now: datetime) -> dict[str, float]:
    """The values by the names of the metrics. None for a job that has ended, or that is about to."""
    if not job.is_running:
        return {}
    if job.start_time is not None:
        if not job.max_runtime:
            return {}
        ran = max((now - job.start_time).total_seconds(), 0)
        return {CURRENT_MAX_RUNTIME_SHARE: round(100 * ran / job.max_runtime, 1)}
    # A job that has started, and whose time of that is not known, does not wait.
    if job.status != job.kind.running[0]:
        return {}
    return {CURRENT_QUEUE_TIME: round(max((now - job.creation_time).total_seconds(), 0), 3)}
