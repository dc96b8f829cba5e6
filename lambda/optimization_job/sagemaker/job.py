"""A job as SageMaker describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    #: The members of the response, among them how the job runs.
    described: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
            described=response,
        )

    @property
    def run(self) -> str:
        """What tells this run from others of the same name."""
        return self.creation_time.isoformat()

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def is_changing(self) -> bool:
        """Whether it is on the way to another status and costs nothing any more. What is not known counts as
        that: there is nothing to do but to look again.
        """
        return self.status not in (*RUNNING, *ENDED)

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

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

    def runs_rather_with(self, these: dict[str, Any], those: dict[str, Any]) -> bool:
        """Whether the job runs with the first settings and not with the others, where the two differ."""
        first, second, described = dict(_leaves(these)), dict(_leaves(those)), dict(_leaves(self.described))
        return any(
            described.get(path) == first[path] if path in first else described.get(path) != second[path]
            for path in {**first, **second}
            if first.get(path) != second.get(path)
        )


def attributes_of(job: Job | None) -> dict[str, str]:
    """The attributes of a job that has been waited for. All of them are always there, because GetAtt of a
    missing one would fail the stack.
    """
    described = {
        "OptimizationJobName": job and job.name,
        "OptimizationJobArn": job and job.arn,
        "OutputLocation": job and job.output_location,
        "OptimizationJobStatus": job and job.status,
        "RecommendedInferenceImage": job and job.recommended_inference_image,
        "OptimizationStartTime": job and job.start_time and job.start_time.isoformat(),
        "OptimizationEndTime": job and job.end_time and job.end_time.isoformat(),
    }
    return {name: value or "" for name, value in described.items()}


def _leaves(value: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    leaves = []
    for key, item in value.items():
        leaves += _leaves(item, f"{path}.{key}") if isinstance(item, dict) else [(f"{path}.{key}", item)]
    return leaves
