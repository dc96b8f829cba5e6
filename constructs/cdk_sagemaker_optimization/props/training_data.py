"""What the draft model of speculative decoding is trained with."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.kinds import check_kind

from .enum_like import EnumLike, Member


class TrainingDataType(EnumLike):
    """How SageMaker reads the location of training data."""

    #: Every object whose key begins with the prefix.
    S3_PREFIX = Member("S3Prefix")
    #: The objects that one manifest file lists.
    MANIFEST_FILE = Member("ManifestFile")


class TrainingData:
    """A data set in S3."""

    def __init__(self, location: S3Location, data_type: TrainingDataType) -> None:
        expected = "a member of TrainingDataType, or what its of(…) makes"
        check_kind(TrainingDataType, data_type, "data_type", expected)
        self._location = location
        self._data_type = data_type

    @staticmethod
    def from_bucket(
        bucket: s3.IBucket, prefix: str, *, data_type: TrainingDataType = TrainingDataType.S3_PREFIX
    ) -> TrainingData:
        """Data in a bucket.

        Args:
            bucket: the bucket. The job's role may read the data, and use the bucket's key.
            prefix: what the keys of the data begin with, or the key of the manifest.
            data_type: whether it is a prefix or a manifest. The role may read a manifest, but not what it
                lists, which is not known at synthesis: grant that to the job's ``role``.

        Raises:
            ValueError: a prefix that begins with a slash, or is longer than the API allows, or something else
                than a type of data.
        """
        return TrainingData(S3Location.of_bucket(bucket, prefix), data_type)

    @staticmethod
    def from_s3_uri(uri: str, *, data_type: TrainingDataType = TrainingDataType.S3_PREFIX) -> TrainingData:
        """Data at an S3 URI.

        Args:
            uri: ``s3://bucket/prefix/``, or that of a manifest. The job's role may read it.
            data_type: whether it is a prefix or a manifest. The role may read a manifest, but not what it
                lists, which is not known at synthesis: grant that to the job's ``role``.

        Raises:
            ValueError: a URI that the API does not allow, or something else than a type of data.
        """
        return TrainingData(S3Location.of_uri(uri), data_type)

    def bind(self, access: RoleAccess) -> dict[str, str]:
        """Grant the job's role what it needs, and return the API's ``TrainingDataSource``.

        Args:
            access: what the job's role is granted through.
        """
        access.read(self._location, exact=self._data_type == TrainingDataType.MANIFEST_FILE)
        return {"S3Uri": self._location.uri, "S3DataType": self._data_type.value}
