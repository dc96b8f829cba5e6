"""The training data of a draft model for speculative decoding."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.kinds import check_kind

from .enum_like import EnumLike, Member


class TrainingDataType(EnumLike):
    """Kind of location that holds training data."""

    #: Every object whose key begins with the prefix.
    S3_PREFIX = Member("S3Prefix")
    #: The objects that one manifest file lists.
    MANIFEST_FILE = Member("ManifestFile")


class TrainingData:
    """A data set in S3."""

    def __init__(self, location: S3Location, data_type: TrainingDataType) -> None:
        expected = "a member of TrainingDataType, or TrainingDataType.of(…)"
        check_kind(TrainingDataType, data_type, "data_type", expected)
        self._location = location
        self._data_type = data_type

    @staticmethod
    def from_bucket(
        bucket: s3.IBucket, prefix: str, *, data_type: TrainingDataType = TrainingDataType.S3_PREFIX
    ) -> TrainingData:
        """Return data in a bucket.

        Args:
            bucket: the bucket. The job's role may read the data, and use the bucket's key.
            prefix: the prefix of the data, or the key of the manifest.
            data_type: the kind of location. The role may read a manifest, but not the objects in it, which
                are not known at synthesis: grant these to the job's ``role``. Default: a prefix.

        Raises:
            ValueError: the prefix begins with a slash or is longer than the API allows, or ``data_type`` is
                of another kind.
        """
        return TrainingData(S3Location.of_bucket(bucket, prefix), data_type)

    @staticmethod
    def from_s3_uri(uri: str, *, data_type: TrainingDataType = TrainingDataType.S3_PREFIX) -> TrainingData:
        """Return data at an S3 URI.

        Args:
            uri: ``s3://bucket/prefix/``, or the URI of a manifest. The job's role may read it.
            data_type: the kind of location. The role may read a manifest, but not the objects in it, which
                are not known at synthesis: grant these to the job's ``role``. Default: a prefix.

        Raises:
            ValueError: the API does not allow the URI, or ``data_type`` is of another kind.
        """
        return TrainingData(S3Location.of_uri(uri), data_type)

    def bind(self, access: RoleAccess) -> dict[str, str]:
        """Grant the job's role what it needs, and return the API's ``TrainingDataSource``.

        Args:
            access: the access of the job's role.
        """
        access.read(self._location, exact=self._data_type == TrainingDataType.MANIFEST_FILE)
        return {"S3Uri": self._location.uri, "S3DataType": self._data_type.value}
