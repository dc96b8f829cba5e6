"""SageMaker's inference-optimization jobs, what serves their models, and the faults that a test asks for."""

from __future__ import annotations

from localcloud.services.sagemaker.artifacts import MARKER, artifact
from localcloud.services.sagemaker.job import Job, Status
from localcloud.services.sagemaker.optimization_jobs import OptimizationJobs
from localcloud.services.sagemaker.registry import ModelRegistry
from localcloud.services.sagemaker.script import NEVER, JobScript, Outcome
from localcloud.services.sagemaker.service import recommended_image
from localcloud.services.sagemaker.serving import Component, Endpoint, Endpoints, Ports

__all__ = [
    "MARKER",
    "NEVER",
    "Component",
    "Endpoint",
    "Endpoints",
    "Job",
    "JobScript",
    "ModelRegistry",
    "OptimizationJobs",
    "Outcome",
    "Ports",
    "Status",
    "artifact",
    "recommended_image",
]
