"""The part of S3 that a job uses, in moto."""

from __future__ import annotations

from collections.abc import Mapping

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import CaseInsensitiveDict

from localcloud.services.sagemaker.s3_location import S3Location


class ObjectStore:
    """The buckets of one account.

    Nothing here asks for permission: the caller has asked before.
    """

    def __init__(self, account: str, partition: str) -> None:
        self._backend = s3_backends[account][partition]

    def has_bucket(self, bucket: str) -> bool:
        return self._bucket(bucket) is not None

    def keys(self, location: S3Location) -> list[str]:
        """The keys of the objects below a prefix; none if the bucket is not there."""
        bucket = self._bucket(location.bucket)
        return [] if bucket is None else sorted(key for key in bucket.keys if key.startswith(location.key))

    def default_key(self, bucket: str) -> str | None:
        """The KMS key (ARN, id or alias) that the bucket encrypts with by default; None if it uses none."""
        found = self._bucket(bucket)
        if found is None or not found.encryption:
            return None
        rule: Mapping[str, str] = found.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
        return rule.get("KMSMasterKeyID")

    def put(self, location: S3Location, files: Mapping[str, bytes], key: str | None) -> None:
        """Write `files` below a prefix, with the KMS key `key`, or the bucket's default without one."""
        encryption = "aws:kms" if key is not None else None
        for name, content in files.items():
            self._backend.put_object(
                location.bucket, f"{location.folder}{name}", content, encryption=encryption, kms_key_id=key
            )

    def leave_upload(self, location: S3Location, name: str) -> None:
        """Leave an object's upload in several parts unfinished below a prefix."""
        key = f"{location.folder}{name}"
        self._backend.create_multipart_upload(
            location.bucket, key, CaseInsensitiveDict(), "STANDARD", {}, None, "", ""
        )

    def _bucket(self, name: str) -> FakeBucket | None:
        try:
            return self._backend.get_bucket(name)
        except MissingBucket:
            return None
