"""A place in S3, and the names that IAM has for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from .kinds import check_construct
from .tokens import Masked, begins_in_token, ends_in_token, readable, split_after_tokens
from .validation import check, check_kind, is_placeholder, plain

_S3 = re.compile(r"s3://(?P<bucket>[^/]+)/?(?P<prefix>.*)", re.DOTALL)
_PATH_STYLE = re.compile(r"https://s3[.-][^/]+/(?P<bucket>[^/]+)/?(?P<prefix>.*)", re.DOTALL)
_HOST_STYLE = re.compile(r"https://(?P<bucket>[^/]+?)\.s3[.-][^/]+/?(?P<prefix>.*)", re.DOTALL)

# What means something in an IAM pattern. A key may hold it; the name of a bucket never does.
_SPECIAL = re.compile(r"[*?$]")


@dataclass(frozen=True)
class S3Location:
    """A prefix in a bucket, or an object."""

    #: What the API takes.
    uri: str
    #: The bucket's ARN; none for a URI from which it cannot be told.
    bucket_arn: str | None
    #: The ARN of the objects whose keys begin with the prefix, without the wildcard at its end.
    objects_arn: str | None
    #: What the keys begin with, as far as it is known, as an IAM pattern. Empty for a whole bucket.
    prefix: str
    #: The construct, if it was given as one.
    bucket: s3.IBucket | None = None
    #: Whether more of the keys' beginning is known at deployment only.
    prefix_goes_on: bool = False

    @classmethod
    def of_bucket(cls, bucket: s3.IBucket, prefix: str) -> S3Location:
        """
        Raises:
            ValueError: a prefix that begins with a slash, or that makes a URI longer than the API allows, or
                a name instead of a bucket.
        """
        check_construct("bucket", bucket, "bucket")
        check_kind(str, prefix, "prefix", "a string")
        prefix = plain(prefix)
        if prefix.startswith("/"):
            raise ValueError(f"a prefix must not begin with a slash, got {prefix!r}")
        uri = f"s3://{bucket.bucket_name}/{prefix}"
        check("S3Uri", uri, "the S3 URI")
        pattern = _literally(prefix)
        return cls(uri, bucket.bucket_arn, f"{bucket.bucket_arn}/{pattern}", pattern, bucket)

    @classmethod
    def of_uri(cls, uri: str) -> S3Location:
        """A URI such as ``s3://bucket/prefix/``. One that begins with a token must turn out to begin with
        ``s3://``.

        Raises:
            ValueError: a URI that the API does not allow, or one whose bucket has a name like a pattern.
        """
        check("S3Uri", uri, "the S3 URI")
        uri = plain(uri)
        if is_placeholder(uri) and not uri.startswith("s3://"):
            # The CDK will know it in the next synthesis. Until then everything must find a location here.
            return cls.of_uri(f"s3://{uri}")
        masked = Masked(uri)
        for pattern in (_S3, _PATH_STYLE, _HOST_STYLE):
            match = pattern.fullmatch(masked.text)
            if match:
                if _SPECIAL.search(match["bucket"]):
                    raise ValueError(
                        f"the S3 URI must name one bucket, without *, ? and $, got {readable(uri)!r}: give "
                        "s3://bucket/prefix/"
                    )
                bucket, prefix = (masked.restore(match[group]) for group in ("bucket", "prefix"))
                prefix = _literally(prefix)
                bucket_arn = f"arn:{cdk.Aws.PARTITION}:s3:::{bucket}"
                return cls(uri, bucket_arn, f"{bucket_arn}/{prefix}", prefix)
        if begins_in_token(uri):
            return cls._of_token(uri)
        return cls(uri, None, None, "")

    @classmethod
    def _of_token(cls, uri: str) -> S3Location:
        # CloudFormation can split a string only at a literal, so of the prefix no more than its first folder
        # is known. What follows the tokens stays as it is, so that one can tell whether it ends in a slash.
        bucket = cdk.Fn.select(2, cdk.Fn.split("/", uri))
        tokens, rest = split_after_tokens(uri)
        bucket_and_prefix = cdk.Fn.select(1, cdk.Fn.split("s3://", tokens)) + _literally(rest)
        first_folder = cdk.Fn.select(3, cdk.Fn.split("/", f"{uri}/"))
        arn = f"arn:{cdk.Aws.PARTITION}:s3:::"
        return cls(uri, f"{arn}{bucket}", f"{arn}{bucket_and_prefix}", first_folder, prefix_goes_on=True)

    def list_patterns(self, *, exact: bool) -> list[str]:
        """What a request to list the objects may name as its prefix, as IAM patterns; empty for a whole
        bucket.

        With ``exact`` there is one object, otherwise the prefix may come without the slash at its end, too.
        """
        if not self.prefix:
            return []
        if self.prefix_goes_on:
            return [f"{self.prefix}*"]
        if exact:
            return [self.prefix]
        folder = self.prefix.rstrip("/")
        return [f"{self.prefix}*"] if folder in ("", self.prefix) else [folder, f"{self.prefix}*"]

    def below(self, folder: str) -> S3Location:
        """The folders with a name like ``folder`` under this prefix, as the function composes them:
        ``<prefix>/<folder>/``.

        What ends in a token may or may not end in a slash, so there it stays the prefix itself.
        """
        if self.objects_arn is None or ends_in_token(self.uri):
            return self
        prefix = self.prefix.rstrip("/")
        below = f"{prefix}/{folder}/" if prefix else f"{folder}/"
        return replace(
            self,
            uri=f"{self.uri.rstrip('/')}/{folder}/",
            objects_arn=f"{self.objects_arn.rstrip('/')}/{folder}/",
            prefix=self.prefix if self.prefix_goes_on else below,
        )


def _literally(prefix: str) -> str:
    """An IAM pattern for this prefix and no other. Tokens are left as they are."""
    masked = Masked(prefix)
    return masked.restore(_SPECIAL.sub(r"${\g<0>}", masked.text))
