"""The container images of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.sagemaker.job import Job

_GPU = "djl-inference:0.36.0-lmi18.0.0-cu128"
_NEURON = "djl-inference:0.30.0-neuronx-sdk2.20.1"
_ACCOUNT = "763104351884"


def given_images(request: Mapping[str, Any]) -> list[str]:
    """The images that a job was given, in the order of its configs."""
    return [image for image in _images(request) if image]


def pulled_images(job: Job) -> list[str]:
    """The images that a job runs: those that it was given, and SageMaker's own for the other configs."""
    return list(dict.fromkeys(image or default_image(job) for image in _images(job.request)))


def default_image(job: Job) -> str:
    """The image that SageMaker takes for a job that was given none."""
    instance_type = str(job.request["DeploymentInstanceType"])
    image = _NEURON if instance_type.startswith(("ml.inf", "ml.trn")) else _GPU
    return f"{_ACCOUNT}.dkr.ecr.{job.region}.amazonaws.com/{image}"


def _images(request: Mapping[str, Any]) -> list[str]:
    """Each config's image, empty where it has none."""
    configs = (config for union in request["OptimizationConfigs"] for config in union.values())
    return [str(config.get("Image") or "") for config in configs]
