"""A job from what SageMaker says of it."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_optimization._lambda.optimization_job.contract import RECOMMENDED_INFERENCE_IMAGE

from .look import Job


def job_of(logical_id: str, described: dict[str, Any]) -> Job:
    """Return a job from a response of DescribeOptimizationJob.

    Args:
        logical_id: The logical id of its resource, or of its state in a pipeline.
        described: The response.
    """
    limits = described.get("StoppingCondition") or {}
    return Job(
        name=described["OptimizationJobName"],
        logical_id=logical_id,
        status=described["OptimizationJobStatus"],
        arn=described["OptimizationJobArn"],
        created=described["CreationTime"],
        started=described.get("OptimizationStartTime"),
        ended=described.get("OptimizationEndTime"),
        reason=described.get("FailureReason") or "",
        instance_type=described.get("DeploymentInstanceType") or "",
        instances=described.get("MaxInstanceCount") or 1,
        max_runtime=limits.get("MaxRuntimeInSeconds"),
        max_pending_time=limits.get("MaxPendingTimeInSeconds"),
        output_location=(described.get("OutputConfig") or {}).get("S3OutputLocation") or "",
        image=(described.get("OptimizationOutput") or {}).get(RECOMMENDED_INFERENCE_IMAGE) or "",
    )
