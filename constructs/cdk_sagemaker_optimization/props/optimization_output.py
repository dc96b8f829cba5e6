"""The location of a job's artifact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization.access.encryption_keys import key_behind
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.checks.kinds import check_construct
from cdk_sagemaker_optimization.checks.types import AnyKey
from cdk_sagemaker_optimization.checks.validation import check, plain
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import region_of

# SageMaker asks for kms:Encrypt to use a key for output; S3 needs the others to take an upload in parts.
_KEY_ACTIONS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]


class OptimizationOutput:
    """A location in S3 where each job writes to a folder of its own, ``<prefix>/<job name>/``.

    So a rollback finds the old artifact unchanged, and the model of an endpoint never changes. Deleting a job
    never deletes its artifact.
    """

    def __init__(
        self,
        location: S3Location,
        *,
        encryption_key: kms.IKey | None,
        sagemaker_model_name: str | None,
        exact: bool,
    ) -> None:
        if sagemaker_model_name is not None:
            check("ModelName", sagemaker_model_name, "sagemaker_model_name")
        if encryption_key is not None:
            check_construct("key", encryption_key, "encryption_key")
        self._location = location
        self._sagemaker_model_name = plain(sagemaker_model_name)
        self._encryption_key = encryption_key
        self._exact = exact

    @staticmethod
    def to_bucket(
        bucket: s3.IBucket,
        prefix: str = "",
        *,
        encryption_key: AnyKey | None = None,
        sagemaker_model_name: str | None = None,
        exact: bool = False,
    ) -> OptimizationOutput:
        """Return a prefix in a bucket.

        Args:
            bucket: the bucket. The job's role may write to its own folder.
            prefix: the prefix of the folders, such as ``optimized/``. Default: the bucket itself.
            encryption_key: the key that SageMaker encrypts the artifact with. Default: the bucket's key if
                the construct has one, otherwise S3's own encryption.
            sagemaker_model_name: the output's SageMaker model. Default: none.
            exact: whether the job writes to the prefix itself, where a second job overwrites the artifact of
                the first one. Default: no.

        Raises:
            ValueError: the API does not allow a value, or the prefix begins with a slash.
        """
        location = S3Location.of_bucket(bucket, prefix)
        return OptimizationOutput(
            location,
            encryption_key=encryption_key or location.encryption_key,
            sagemaker_model_name=sagemaker_model_name,
            exact=exact,
        )

    @staticmethod
    def to_s3_uri(
        uri: str,
        *,
        encryption_key: AnyKey | None = None,
        sagemaker_model_name: str | None = None,
        exact: bool = False,
    ) -> OptimizationOutput:
        """Return the location of an S3 URI.

        Args:
            uri: ``s3://bucket/prefix/``. The job's role may write to its own folder.
            encryption_key: the key that SageMaker encrypts the artifact with. Default: S3's own encryption.
            sagemaker_model_name: the output's SageMaker model. Default: none.
            exact: whether the job writes to the prefix itself, where a second job overwrites the artifact of
                the first one. Default: no.

        Raises:
            ValueError: the API does not allow a value.
        """
        return OptimizationOutput(
            S3Location.of_uri(uri),
            encryption_key=encryption_key,
            sagemaker_model_name=sagemaker_model_name,
            exact=exact,
        )

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The key that encrypts the artifact. None for a key of AWS."""
        return self._encryption_key

    @property
    def exact(self) -> bool:
        """True if the job writes to the prefix itself."""
        return self._exact

    def artifact(self, folder: str) -> S3Location:
        """Return the location that a job writes to.

        Args:
            folder: the job's name, or an IAM pattern for it.
        """
        return self._location if self._exact else self._location.below(folder)

    def bind(self, access: RoleAccess, *, folders: Sequence[str]) -> dict[str, Any]:
        """Grant the job's role what it needs, and return the API's ``OutputConfig``.

        Args:
            access: the access of the job's role.
            folders: the names that the job may have, or IAM patterns for them.
        """
        for location in dict.fromkeys(map(self.artifact, folders)):
            access.write(location)
        config: dict[str, Any] = {"S3OutputLocation": self._location.uri}
        if self._encryption_key is not None:
            access.use_key(self._encryption_key, _KEY_ACTIONS)
            _warn_about_region(access, self._encryption_key)
            config["KmsKeyId"] = key_behind(self._encryption_key).key_arn
        if self._sagemaker_model_name is not None:
            config["SageMakerModel"] = {"ModelName": self._sagemaker_model_name}
        return config


def _warn_about_region(access: RoleAccess, key: kms.IKey) -> None:
    region = region_of(access.scope)
    if differ(key.env.region, region):
        warn(
            access.scope,
            "keyOfAnotherRegion",
            f"the output's encryption_key is in the Region {key.env.region} and the job in {region}: S3 "
            "encrypts with a key of the bucket's own Region, so give a key in the Region of the bucket, and "
            "a bucket in the Region of the job",
        )
