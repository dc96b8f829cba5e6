"""A job as SageMaker describes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: Statuses in which a job costs money or is about to.
RUNNING = ("STARTING", "INPROGRESS")
ENDED = ("COMPLETED", "FAILED", "STOPPED")


@dataclass(frozen=True)
class Job:
    name: str
    arn: str
    status: str
    output_location: str
    creation_time: datetime
    last_modified_time: datetime
    start_time: datetime | None = None
    end_time: datetime | None = None
    failure_reason: str = ""
    recommended_inference_image: str = ""
    max_runtime: int | None = None
    max_pending_time: int | None = None

    @classmethod
    def parse(cls, response: dict[str, Any]) -> Job:
        """From a response of DescribeOptimizationJob."""
        stopping = response.get("StoppingCondition") or {}
        return cls(
            name=response["OptimizationJobName"],
            arn=response["OptimizationJobArn"],
            status=response["OptimizationJobStatus"],
            output_location=response["OutputConfig"]["S3OutputLocation"],
            creation_time=response["CreationTime"],
            last_modified_time=response["LastModifiedTime"],
            start_time=response.get("OptimizationStartTime"),
            end_time=response.get("OptimizationEndTime"),
            failure_reason=response.get("FailureReason") or "",
            recommended_inference_image=(response.get("OptimizationOutput") or {}).get(
                "RecommendedInferenceImage"
            )
            or "",
            max_runtime=stopping.get("MaxRuntimeInSeconds"),
            max_pending_time=stopping.get("MaxPendingTimeInSeconds"),
        )

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def is_stopping(self) -> bool:
        return self.status == "STOPPING"

    @property
    def is_completed(self) -> bool:
        return self.status == "COMPLETED"

    @property
    def has_its_own_folder(self) -> bool:
        """Whether no other job writes to where its artifact is."""
        return self.output_location.endswith(f"/{self.name}/")

    @property
    def has_failed(self) -> bool:
        """Whether it ended without an artifact. STOPPED is no success, whoever stopped it."""
        return self.status in ("FAILED", "STOPPED")
