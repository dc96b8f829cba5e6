"""The event that tells of a change of a job's status.

Its source, its detail-type and the members of its detail are a contract with the rules of users: see
``docs/events.md``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..sagemaker.job import Job
from .tracker import Tracker

SOURCE = "cdk-sagemaker-optimization"
DETAIL_TYPE = "SageMaker Optimization Job Status Change"

#: Counts up when a member changes its meaning or goes. New members may come without that.
VERSION = "1"

#: What the record of a job is when it is gone. SageMaker has no such status.
DELETED = "DELETED"


@dataclass(frozen=True)
class StatusChange:
    """One change, as it is put on the bus."""

    detail: dict[str, Any]

    @classmethod
    def to(cls, tracker: Tracker, job: Job | None, now: datetime) -> StatusChange:
        """The change that a look has found.

        Args:
            tracker: as it was before the look.
            job: the job; None if its record is gone.
            now: when it was looked at.
        """
        detail = {
            "Version": VERSION,
            "SequenceNumber": tracker.changes + 1,
            "OptimizationJobName": tracker.job_name,
            "OptimizationJobArn": tracker.job_arn,
            "OptimizationJobStatus": job.status if job else DELETED,
            "PreviousOptimizationJobStatus": tracker.status,
            "StackId": tracker.stack_id,
            "StackName": tracker.stack_name,
            "LogicalResourceId": tracker.logical_resource_id,
            "CreationTime": tracker.run,
            "SeenTime": now.isoformat(),
        }
        if job is not None:
            detail |= {
                "FailureReason": job.failure_reason,
                "LastModifiedTime": job.last_modified_time.isoformat(),
                "OptimizationStartTime": job.start_time.isoformat() if job.start_time else "",
                "OptimizationEndTime": job.end_time.isoformat() if job.end_time else "",
                "OutputLocation": job.output_location,
                "RecommendedInferenceImage": job.recommended_inference_image,
            }
        return cls({name: value for name, value in detail.items() if value != ""})

    @property
    def words(self) -> dict[str, str]:
        """The change for the log."""
        return {
            "status": self.detail["OptimizationJobStatus"],
            "before": self.detail.get("PreviousOptimizationJobStatus", ""),
            "reason": self.detail.get("FailureReason", ""),
        }

    @property
    def entry(self) -> dict[str, Any]:
        """The entry of PutEvents."""
        return {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": datetime.fromisoformat(self.detail["SeenTime"]),
            "Resources": [self.detail["OptimizationJobArn"]],
            "Detail": json.dumps(self.detail, separators=(",", ":")),
        }
