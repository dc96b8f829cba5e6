"""Tells the CDK's provider framework whether an optimization job has ended."""

from __future__ import annotations

from typing import Any

import boto3

sagemaker = boto3.client("sagemaker")

ENDED = ("COMPLETED", "FAILED", "STOPPED")


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Describe the job once. The framework repeats this until the job is complete."""
    name = event["PhysicalResourceId"]
    if event["RequestType"] == "Delete":
        return {"IsComplete": is_deleted(name)}
    job = sagemaker.describe_optimization_job(OptimizationJobName=name)
    status = job["OptimizationJobStatus"]
    if status in ("FAILED", "STOPPED"):
        raise RuntimeError(f"optimization job {name} {status}: {job.get('FailureReason', 'no reason given')}")
    if status != "COMPLETED":
        return {"IsComplete": False}
    data = {
        "OutputLocation": job["OutputConfig"]["S3OutputLocation"],
        "RecommendedInferenceImage": job["OptimizationOutput"].get("RecommendedInferenceImage", ""),
    }
    return {"IsComplete": True, "Data": data}


def is_deleted(name: str) -> bool:
    """Delete the job's record once it has stopped."""
    try:
        job = sagemaker.describe_optimization_job(OptimizationJobName=name)
        if job["OptimizationJobStatus"] not in ENDED:
            return False
        sagemaker.delete_optimization_job(OptimizationJobName=name)
    except sagemaker.exceptions.ResourceNotFound:
        pass
    return True
