"""S3 URIs as the API accepts them: `s3://…` and both styles of `https://…`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PATH_STYLE = re.compile(r"s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$")
_HOST_STYLE = re.compile(r"(?P<bucket>.+?)\.s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$")


@dataclass(frozen=True, slots=True)
class S3Location:
    """A place in S3. `key` may be an object's key or a prefix, with or without a slash at its end."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> S3Location:
        """Raises ValueError for a URI that names no bucket."""
        parts = urlsplit(uri)
        host, path = parts.netloc, parts.path.lstrip("/")
        if parts.scheme == "s3" and host:
            return cls(host, path)
        if parts.scheme == "https" and _PATH_STYLE.match(host):
            bucket, _, key = path.partition("/")
            return cls(bucket, key)
        if parts.scheme == "https" and (match := _HOST_STYLE.match(host)):
            return cls(match["bucket"], path)
        raise ValueError(f"{uri!r} is not the URI of a place in S3, expected s3://<bucket>/<prefix>")

    @property
    def folder(self) -> str:
        """The key as a prefix that ends in a slash, or is empty for the whole bucket."""
        return self.key if not self.key or self.key.endswith("/") else f"{self.key}/"

    def arn(self, partition: str, key: str | None = None) -> str:
        """The ARN of an object, or of the bucket itself without a key."""
        bucket = f"arn:{partition}:s3:::{self.bucket}"
        return bucket if key is None else f"{bucket}/{key}"
