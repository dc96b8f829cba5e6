"""The source of the model that a job optimizes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization.access.optimization_role import OptimizationRole
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.tokens import readable
from cdk_sagemaker_optimization.checks.validation import check, plain
from cdk_sagemaker_optimization.checks.warnings import warn


class ModelSource(ABC):
    """The model that a job optimizes."""

    @staticmethod
    def from_bucket(bucket: s3.IBucket, prefix: str, *, accept_eula: bool | None = None) -> ModelSource:
        """Return a model in a bucket, as files under a prefix and not as an archive.

        Args:
            bucket: the bucket. The job's role may read the objects under the prefix, and use the bucket's
                key.
            prefix: the prefix of the model's files, such as ``llama-3-8b/``. Empty for the whole bucket.
            accept_eula: whether you accept the model's end-user license agreement, as a gated model demands.
                Default: the request leaves it out.

        Raises:
            ValueError: the prefix begins with a slash, or is longer than the API allows.
        """
        return _S3ModelSource(S3Location.of_bucket(bucket, prefix), accept_eula)

    @staticmethod
    def from_s3_uri(uri: str, *, accept_eula: bool | None = None) -> ModelSource:
        """Return a model at an S3 URI, such as one of JumpStart's buckets.

        Args:
            uri: ``s3://bucket/prefix/``. The job's role may read the objects under it. If your own key
                encrypts the bucket, grant the role the use of the key, or use :meth:`from_bucket`.
            accept_eula: whether you accept the model's end-user license agreement, as a gated model demands.
                Default: the request leaves it out.

        Raises:
            ValueError: the API does not allow the URI.
        """
        return _S3ModelSource(S3Location.of_uri(uri), accept_eula)

    @staticmethod
    def from_sagemaker_model(name: str) -> ModelSource:
        """Return a model of Amazon SageMaker, by its name.

        The location of its files is not known at synthesis, so the library cannot let the job's role read
        them, and warns about that: call ``bucket.grant_read(job)``, and acknowledge the warning.

        Args:
            name: the model's name.

        Raises:
            ValueError: the API does not allow the name.
        """
        check("ModelName", name, "the name of the SageMaker model")
        return _SageMakerModelSource(plain(name))

    @property
    def accept_eula(self) -> bool | None:
        """True if you accept the model's end-user license agreement. None if the request leaves it out."""
        return None

    @property
    def location(self) -> S3Location | None:
        """The location of the model's files. None if it is not known at synthesis."""
        return None

    @abstractmethod
    def bind(self, access: RoleAccess) -> dict[str, Any]:
        """Grant the job's role what it needs, and return the API's ``ModelSource``.

        Args:
            access: the access of the job's role.
        """


class _S3ModelSource(ModelSource):
    def __init__(self, location: S3Location, accept_eula: bool | None) -> None:
        self._location = location
        self._accept_eula = accept_eula

    @property
    def accept_eula(self) -> bool | None:
        return self._accept_eula

    @property
    def location(self) -> S3Location | None:
        return self._location

    def bind(self, access: RoleAccess) -> dict[str, Any]:
        access.read(self._location)
        source: dict[str, Any] = {"S3Uri": self._location.uri}
        if self._accept_eula is not None:
            source["ModelAccessConfig"] = {"AcceptEula": self._accept_eula}
        return {"S3": source}


class _SageMakerModelSource(ModelSource):
    def __init__(self, name: str) -> None:
        self._name = name

    def bind(self, access: RoleAccess) -> dict[str, Any]:
        if isinstance(access.role, OptimizationRole):
            warn(
                access.scope,
                "modelNotGranted",
                f"the location of the files of the SageMaker model {readable(self._name)!r} is not known at "
                "synthesis, so make sure that the job's role may do s3:ListBucket, s3:GetObject there, and "
                "kms:Decrypt if they are encrypted with a key of yours: grant that, as "
                "bucket.grant_read(job) does, and acknowledge this warning",
            )
        return {"SageMakerModel": {"ModelName": self._name}}
