"""Checks of the props of a model, before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping

from cdk_sagemaker_optimization.checks.kinds import check_construct, check_kind
from cdk_sagemaker_optimization.facts import path_of
from cdk_sagemaker_optimization.job.artifact import OptimizationArtifact
from cdk_sagemaker_optimization.job.base import OptimizationJobBase
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.technique import Technique
from cdk_sagemaker_optimization.provider import OptimizationJobProvider

from .speculation import Speculation


def checked_job(job: object) -> OptimizationJobBase:
    """Return the job, which is one of the app or an imported one.

    Raises:
        ValueError: it is something else, such as a name.
    """
    if not isinstance(job, OptimizationJobBase):
        raise ValueError(f"job must be an OptimizationJob, such as OptimizationJob.from_…(…), got {job!r}")
    return job


def check_kinds(
    base_model: object,
    image: object,
    environment: object,
    speculation: object,
    technique: object,
    role: object,
    tags: object,
    provider: object,
) -> None:
    """Check that props are of the right kinds.

    Raises:
        ValueError: a prop is of another kind, such as a string.
    """
    for kind, value, prop, expected in (
        (ModelSource, base_model, "base_model", "ModelSource.from_bucket(…) or .from_s3_uri(…)"),
        (str, image, "image", "the URI of an image"),
        (Mapping, environment, "environment", "a mapping of strings"),
        (Mapping, tags, "tags", "a mapping of strings"),
        (Speculation, speculation, "speculation", "Speculation.eagle(…)"),
        (Technique, technique, "technique", "a member of Technique"),
        (OptimizationJobProvider, provider, "provider", "an OptimizationJobProvider"),
    ):
        if value is not None:
            check_kind(kind, value, prop, expected)
    if role is not None:
        check_construct("role", role, "role")


def techniques_of(
    job: OptimizationJobBase, artifact: OptimizationArtifact, given: Technique | None
) -> tuple[Technique, ...]:
    """Return the techniques of a job.

    Raises:
        ValueError: the technique of an imported job is left out, or another job has one given.
    """
    if not artifact.imported:
        if given is not None:
            raise ValueError(
                f"technique must be left out, because {path_of(job)} is a job of the app, which knows its "
                f"own, got {given.label}"
            )
        return artifact.techniques
    if given is None:
        raise ValueError(
            f"the technique of the imported job {path_of(job)} is not known: give technique, such as "
            "technique=Technique.QUANTIZATION"
        )
    return (given,)


def check_known(job: OptimizationJobBase, artifact: OptimizationArtifact, image: str | None) -> None:
    """Check that the values of an imported job are known.

    Raises:
        ValueError: one is not.
    """
    if not artifact.imported:
        return
    if artifact.output_location is None:
        raise ValueError(
            f"the output location of {path_of(job)} is unknown: import the job with "
            "from_optimization_job_attributes(…, output_location=…)"
        )
    if image is None:
        raise ValueError(
            f"the image that SageMaker recommends for the artifact of the imported job {path_of(job)} is not "
            "known: give image"
        )
