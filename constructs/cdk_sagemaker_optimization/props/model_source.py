"""Where the model comes from that a job optimizes."""

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
        """A model in a bucket, as files under a prefix, not as an archive.

        Args:
            bucket: the bucket. The job's role may read the objects under the prefix, and use the bucket's
                key.
            prefix: what the keys of the model's files begin with, such as ``llama-3-8b/``. Empty for the
                whole bucket.
            accept_eula: whether you accept the model's end-user license agreement, which a gated model
                demands. Default: nothing is said about it.

        Raises:
            ValueError: a prefix that begins with a slash, or is longer than the API allows.
        """
        return _S3ModelSource(S3Location.of_bucket(bucket, prefix), accept_eula)

    @staticmethod
    def from_s3_uri(uri: str, *, accept_eula: bool | None = None) -> ModelSource:
        """A model at an S3 URI, such as one of JumpStart's buckets.

        Args:
            uri: ``s3://bucket/prefix/``. The job's role may read the objects under it. Of a bucket that is
                encrypted with a key of yours, grant the key's use to the role, or use :meth:`from_bucket`.
            accept_eula: whether you accept the model's end-user license agreement, which a gated model
                demands. Default: nothing is said about it.

        Raises:
            ValueError: a URI that the API does not allow.
        """
        return _S3ModelSource(S3Location.of_uri(uri), accept_eula)

    @staticmethod
    def from_sagemaker_model(name: str) -> ModelSource:
        """A model of Amazon SageMaker, by its name.

        Where its files are is not known at synthesis, so a role that the library makes cannot be allowed to
        read them, and a warning says so: grant that with ``bucket.grant_read(job)``, and acknowledge it.

        Args:
            name: the model's name.

        Raises:
            ValueError: a name that the API does not allow.
        """
        check("ModelName", name, "the name of the SageMaker model")
        return _SageMakerModelSource(plain(name))

    @abstractmethod
    def bind(self, access: RoleAccess) -> dict[str, Any]:
        """Grant the job's role what it needs, and return the API's ``ModelSource``.

        Args:
            access: what the job's role is granted through.
        """


class _S3ModelSource(ModelSource):
    def __init__(self, location: S3Location, accept_eula: bool | None) -> None:
        self._location = location
        self._accept_eula = accept_eula

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
                f"where the files of the SageMaker model {readable(self._name)!r} are is not known at "
                "synthesis, so make sure that the job's role may do s3:ListBucket, s3:GetObject there, and "
                "kms:Decrypt if they are encrypted with a key of yours: grant that, as "
                "bucket.grant_read(job) does, and acknowledge this warning",
            )
        return {"SageMakerModel": {"ModelName": self._name}}
