"""The kind of job that optimizes a model.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateOptimizationJob.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..contract import COMPLETION_TYPE, END_TIME, JOB_TYPE, RECOMMENDED_INFERENCE_IMAGE, START_TIME
from .kind import JobKind


def _outputs(described: Mapping[str, Any]) -> dict[str, str]:
    output = described.get("OptimizationOutput") or {}
    return {RECOMMENDED_INFERENCE_IMAGE: output.get(RECOMMENDED_INFERENCE_IMAGE) or ""}


OPTIMIZATION_JOB = JobKind(
    resource_type=JOB_TYPE,
    completion_type=COMPLETION_TYPE,
    noun="optimization job",
    api_name="OptimizationJob",
    arn_name="optimization-job",
    run_settings=("RoleArn", "StoppingCondition", "VpcConfig", "MaxInstanceCount", "TrainingPlanArns"),
    running=("STARTING", "INPROGRESS"),
    stopping="STOPPING",
    completed="COMPLETED",
    failed=("FAILED", "STOPPED"),
    start_time=START_TIME,
    end_time=END_TIME,
    output_path=("OutputConfig", "S3OutputLocation"),
    outputs=_outputs,
)
