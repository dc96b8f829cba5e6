"""The artifact of a job, as whatever serves it sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.technique import Technique


@dataclass(frozen=True, kw_only=True)
class OptimizationArtifact:
    """The artifact of a job: its location, and how the job made it.

    Of an imported job, only its names, its location and its key are known.
    """

    #: The job's name.
    job_name: str
    #: The S3 URI of the artifact, known once the job has completed. None if an import leaves it out.
    output_location: str | None
    #: The location of all artifacts of the job, for policies: a pattern of the names that the job may have,
    #: without a reference to the job. None if an import leaves it out.
    location: S3Location | None
    #: The key that encrypts the artifact. None for a key of AWS.
    encryption_key: kms.IKey | None = None
    #: The URI of the image that SageMaker recommends, known once the job has completed. None if nothing waits
    #: for that, or the job is imported.
    recommended_image: str | None = None
    #: The same, for what cannot be empty: ``contract.NO_IMAGE`` if SageMaker recommends no image.
    recommended_image_or_none: str | None = None
    #: Makes the deployment of the job fail if SageMaker recommends no image.
    require_image: Callable[[], None] = lambda: None
    #: The techniques in the order of :class:`Technique`. Empty for an imported job.
    techniques: tuple[Technique, ...] = ()
    #: The environment of each config's container: the job's variables, and over them the config's own.
    environments: tuple[Mapping[str, str], ...] = ()
    #: The name of the instance type that the job optimized for, such as ``ml.g5.2xlarge``. None for an
    #: imported job.
    instance_type: str | None = None
    #: The model that the job optimized. None for an imported job.
    model_source: ModelSource | None = None
    #: True if the user accepts the license agreement of that model. None if the request leaves it out.
    accept_eula: bool | None = None
    #: The role of the job. None for an imported job.
    role: iam.IRole | None = None
    #: True if the job writes to the output's prefix itself, where the next artifact overwrites this one.
    exact: bool = False
    #: True if a deployment goes on before the artifact is there.
    detached: bool = False
    #: True for a job that the app imports.
    imported: bool = False
