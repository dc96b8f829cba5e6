"""The event that tells of a change of a job's status.

Its source, its detail-type and the members of its detail are a contract with the rules of users: see
``docs/events.md``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..contract import (
    EVENT_SOURCE,
    LOGICAL_RESOURCE_ID,
    OUTPUT_LOCATION,
    STACK_ID,
    STACK_NAME,
    STATUS_CHANGE,
)
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from .tracker import Tracker

#: Counts up when a member changes its meaning or goes. New members may come without that.
VERSION = "1"

#: What the record of a job is when it is gone. SageMaker has no such status.
DELETED = "DELETED"


@dataclass(frozen=True)
class StatusChange:
    """One change, as it is put on the bus."""

    kind: JobKind
    detail: dict[str, Any]

    @classmethod
    def to(cls, tracker: Tracker, job: Job | None, now: datetime) -> StatusChange:
        """The change that a look has found.

        Args:
            tracker: as it was before the look.
            job: the job; None if its record is gone.
            now: when it was looked at.
        """
        kind = tracker.kind
        detail = {
            "Version": VERSION,
            "SequenceNumber": tracker.changes + 1,
            kind.name_member: tracker.job_name,
            kind.arn_member: tracker.job_arn,
            kind.status_member: job.status if job else DELETED,
            f"Previous{kind.status_member}": tracker.status,
            STACK_ID: tracker.stack_id,
            STACK_NAME: tracker.stack_name,
            LOGICAL_RESOURCE_ID: tracker.logical_resource_id,
            "CreationTime": tracker.run,
            "SeenTime": now.isoformat(),
        }
        if job is not None:
            detail |= {
                "FailureReason": job.failure_reason,
                "LastModifiedTime": job.last_modified_time.isoformat(),
                kind.start_time: job.start_time.isoformat() if job.start_time else "",
                kind.end_time: job.end_time.isoformat() if job.end_time else "",
                OUTPUT_LOCATION: job.output_location,
                **job.outputs,
            }
        return cls(kind, {name: value for name, value in detail.items() if value != ""})

    @property
    def words(self) -> dict[str, str]:
        """The change for the log."""
        return {
            "status": self.detail[self.kind.status_member],
            "before": self.detail.get(f"Previous{self.kind.status_member}", ""),
            "reason": self.detail.get("FailureReason", ""),
        }

    @property
    def entry(self) -> dict[str, Any]:
        """The entry of PutEvents."""
        return {
            "Source": EVENT_SOURCE,
            "DetailType": STATUS_CHANGE,
            "Time": datetime.fromisoformat(self.detail["SeenTime"]),
            "Resources": [self.detail[self.kind.arn_member]],
            "Detail": json.dumps(self.detail, separators=(",", ":")),
        }
