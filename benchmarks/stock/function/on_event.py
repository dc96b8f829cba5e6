"""Starts and stops optimization jobs, for the CDK's provider framework."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import boto3
from botocore.exceptions import ClientError

sagemaker = boto3.client("sagemaker")


def handler(event: dict[str, Any], _: object) -> dict[str, str]:
    """Begin to process a request of CloudFormation. `is_complete` waits for the end."""
    if event["RequestType"] == "Delete":
        return stop(event["PhysicalResourceId"])
    # An update creates another job. CloudFormation deletes the old one when everything else has succeeded.
    return start(event)


def start(event: dict[str, Any]) -> dict[str, str]:
    """Create a job."""
    properties = event["ResourceProperties"]
    # With the request's id, a repeated request gives the same name.
    digits = hashlib.sha256(event["RequestId"].encode()).hexdigest()[:12]
    name = f"{properties['NamePrefix']}-{digits}"
    sagemaker.create_optimization_job(OptimizationJobName=name, **json.loads(properties["Request"]))
    return {"PhysicalResourceId": name}


def stop(name: str) -> dict[str, str]:
    """Stop a job if it runs."""
    try:
        sagemaker.stop_optimization_job(OptimizationJobName=name)
    except ClientError as error:
        # There is no such job, or it has ended.
        if error.response["Error"]["Code"] not in ("ResourceNotFound", "ValidationException"):
            raise
    return {"PhysicalResourceId": name}
