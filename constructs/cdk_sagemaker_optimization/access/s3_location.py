"""A location in S3, and its names in IAM policies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_optimization.checks.kinds import check_construct, check_kind
from cdk_sagemaker_optimization.checks.tokens import (
    Masked,
    begins_in_token,
    change_known,
    ends_in_token,
    may_hold_slash,
    readable,
    resource_behind,
    split_after_tokens,
)
from cdk_sagemaker_optimization.checks.validation import check, is_placeholder, plain
from cdk_sagemaker_optimization.facts import once, partition, type_of

_S3 = re.compile(r"s3://(?P<bucket>[^/]+)(?P<slash>/?)(?P<prefix>.*)", re.DOTALL)
_PATH_STYLE = re.compile(r"https://s3[.-][^/]+/(?P<bucket>[^/]+)/?(?P<prefix>.*)", re.DOTALL)
# The bucket's own name may hold ".s3.". The hosts of a VPC's endpoint, and those of access points, begin with
# something else than the name of a bucket.
_HOST_STYLE = re.compile(
    r"https://(?![^/]+\.vpce\.amazonaws\.)(?P<bucket>[^/]+)"
    r"\.(?!s3-(accesspoint|object-lambda|global))s3([.-]|express-)[^/]+/?(?P<prefix>.*)",
    re.DOTALL,
)
_ACCESS_POINT = re.compile(
    r"(?P<arn>arn:[^:/]+:s3:[^:/]*:[^:/]+:accesspoint/[^/]+)/?(?P<prefix>.*)", re.DOTALL
)
_DIRECTORY_BUCKET = re.compile(r"arn:[^:/]+:s3express:[^:/]*:[^:/]+:bucket/(?P<bucket>[^/]+)")
_ACCESS_POINT_HOST = re.compile(
    r"https://(?P<name>[^/]+)-(?P<account>\d{12})\.s3-accesspoint\.(?:dualstack\.)?(?P<region>[^./]+)\.[^/]+"
    r"/?(?P<prefix>.*)",
    re.DOTALL,
)

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html reserves these.
_ALIASES = ("-s3alias", "--ol-s3", "--xa-s3")
_DIRECTORY = "--x-s3"

_POINT_TYPE = "AWS::S3::AccessPoint"
_DIRECTORY_TYPE = "AWS::S3Express::DirectoryBucket"

# The special characters of an IAM pattern. A key may have them; the name of a bucket never does.
_SPECIAL = re.compile(r"[*?$]")

# IAM accepts no other characters in a policy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
_NOT_IN_A_POLICY = re.compile(r"[^\t\n\r\x20-\xff]+")

_LIST = ["s3:ListBucket"]
_LOOK_AT_BUCKET = ["s3:GetBucketLocation", "s3:ListBucket"]

_INSTEAD = "give the location as s3://bucket/prefix/"


@dataclass(frozen=True)
class Permission:
    """Actions on resources, under conditions."""

    actions: list[str]
    resources: list[str]
    conditions: dict[str, Any] | None = None


@dataclass(frozen=True)
class Unnamed:
    """The parts of a sentence about a location that no policy can name."""

    why: str
    instead: str


@dataclass(frozen=True)
class S3Location:
    """A prefix in a bucket, or an object."""

    #: The URI for the API.
    uri: str
    #: The ARN of the bucket or access point. None for a URI that does not show it.
    bucket_arn: str | None
    #: The ARN of the objects whose keys begin with the prefix, without the wildcard at its end.
    objects_arn: str | None
    #: The known beginning of the keys as an IAM pattern. Empty for a whole bucket.
    prefix: str
    #: The construct of the bucket, if there is one.
    bucket: s3.IBucket | None = None
    #: True if more of the beginning of the keys is known only at deployment.
    prefix_goes_on: bool = False
    #: The reason why there are no ARNs, and the remedy. None if there are ARNs.
    unnamed: Unnamed | None = None
    #: True for the ARN of an access point, in front of an unknown bucket.
    is_access_point: bool = False
    #: True for a directory bucket, which is used in sessions.
    is_directory_bucket: bool = False

    @classmethod
    def of_bucket(cls, bucket: s3.IBucket, prefix: str) -> S3Location:
        """Return the location of a prefix in a bucket.

        Raises:
            ValueError: the prefix begins with a slash or is longer than the API allows, or the bucket is no
                construct.
        """
        check_construct("bucket", bucket, "bucket")
        check_kind(str, prefix, "prefix", "a string")
        prefix = plain(prefix)
        if prefix.startswith("/"):
            raise ValueError(f"a prefix must not begin with a slash, got {prefix!r}")
        arn = _arn_of(bucket)
        if _ACCESS_POINT.fullmatch(Masked(arn).text):
            # The CDK reads "accesspoint" as the name of the bucket.
            return cls.of_uri(f"s3://{arn}/{prefix}")
        name = once(bucket, "name in URIs", lambda: _name_in_uri(bucket))
        uri = f"s3://{name}/{prefix}"
        check("S3Uri", uri, "the S3 URI")
        type_behind = once(bucket, "type behind its name", lambda: _type_behind(name))
        if name.endswith((*_ALIASES, _DIRECTORY)) or type_behind in (_POINT_TYPE, _DIRECTORY_TYPE):
            location = cls._of_parts(uri, name, prefix, slash=True)
            if location.is_directory_bucket:
                location = cls._of_directory_arn(uri, _directory_arn(bucket, name), location.prefix)
            return replace(location, bucket=bucket)
        pattern = _literally(prefix)
        return cls(uri, arn, f"{arn}/{pattern}", pattern, bucket)

    @classmethod
    def of_uri(cls, uri: str) -> S3Location:
        """Return the location of a URI such as ``s3://bucket/prefix/``.

        The value of a token at the beginning must begin with ``s3://`` and the name of a bucket.

        Raises:
            ValueError: the API does not allow the URI, or the bucket's name is a pattern or an ARN.
        """
        check("S3Uri", uri, "the S3 URI")
        uri = plain(uri)
        if is_placeholder(uri) and not uri.startswith("s3://"):
            # The CDK will know the value in the next synthesis. Until then any location does.
            return cls.of_uri(f"s3://{uri}")
        masked = Masked(uri)
        match = _ACCESS_POINT.fullmatch(masked.text.removeprefix("s3://"))
        if match and masked.text.startswith("s3://"):
            return cls._of_access_point(uri, masked.restore(match["arn"]), masked.restore(match["prefix"]))
        match = _ACCESS_POINT_HOST.fullmatch(masked.text)
        if match:
            name, account, region, prefix = map(
                masked.restore, match.group("name", "account", "region", "prefix")
            )
            arn = f"arn:{partition()}:s3:{region}:{account}:accesspoint/{name}"
            return cls._of_access_point(uri, arn, prefix)
        for pattern in (_S3, _PATH_STYLE, _HOST_STYLE):
            match = pattern.fullmatch(masked.text)
            if match:
                if _SPECIAL.search(match["bucket"]):
                    raise ValueError(
                        f"the S3 URI must name one bucket, without *, ? and $, got {readable(uri)!r}: give "
                        "s3://bucket/prefix/"
                    )
                bucket, prefix = (masked.restore(match[group]) for group in ("bucket", "prefix"))
                slash = pattern is not _S3 or bool(match["slash"])
                return cls._of_parts(uri, bucket, prefix, slash=slash)
        if begins_in_token(uri):
            return cls._of_token(uri)
        return cls._of_unnamed(uri, "cannot be told from it", _INSTEAD)

    @classmethod
    def _of_parts(cls, uri: str, bucket: str, prefix: str, *, slash: bool) -> S3Location:
        if bucket.endswith(_ALIASES):
            return cls._of_alias(uri)
        pattern = _literally(prefix)
        if bucket.endswith(_DIRECTORY):
            return cls._of_directory_bucket(uri, bucket, pattern)
        if bucket.startswith("arn:"):
            return cls._of_arn(uri, bucket)
        resource, attribute = resource_behind(bucket) or (None, "")
        if resource is not None and type_of(resource) == _POINT_TYPE:
            arn = bucket if attribute == "Arn" else cdk.Token.as_string(resource.get_att("Arn"))
            return cls._of_access_point(uri, arn, prefix)
        if resource is not None and type_of(resource) == _DIRECTORY_TYPE:
            return cls._of_directory_bucket(uri, bucket, pattern)
        arn = f"arn:{partition()}:s3:::"
        if not may_hold_slash(bucket):
            return cls(uri, f"{arn}{bucket}", f"{arn}{bucket}/{pattern}", pattern)
        # The value may hold the bucket and a prefix, so the bucket is what comes before its first slash.
        name = cdk.Fn.select(0, cdk.Fn.split("/", bucket))
        known = f"{bucket}/{pattern}" if slash else bucket
        first_folder = cdk.Fn.select(1, cdk.Fn.split("/", f"{known}/"))
        return cls(uri, f"{arn}{name}", f"{arn}{known}", first_folder, prefix_goes_on=True)

    @classmethod
    def _of_access_point(cls, uri: str, arn: str, prefix: str) -> S3Location:
        pattern = _literally(prefix)
        return cls(uri, arn, f"{arn}/object/{pattern}", pattern, is_access_point=True)

    @classmethod
    def _of_directory_bucket(cls, uri: str, bucket: str, pattern: str) -> S3Location:
        arn = f"arn:{partition()}:s3express:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:bucket/{bucket}"
        return cls._of_directory_arn(uri, arn, pattern)

    @classmethod
    def _of_directory_arn(cls, uri: str, arn: str, pattern: str) -> S3Location:
        return cls(uri, arn, f"{arn}/{pattern}", pattern, is_directory_bucket=True)

    @classmethod
    def _of_alias(cls, uri: str) -> S3Location:
        return cls._of_unnamed(
            uri,
            "is an alias of an access point, which no policy can name",
            "give the ARN of the access point, as s3://arn:aws:s3:<Region>:<account>:accesspoint/<name>/prefix/",
        )

    @classmethod
    def _of_arn(cls, uri: str, arn: str) -> S3Location:
        if ":s3:::" in arn:
            name = readable(arn.rpartition(":")[2])
            raise ValueError(
                f"the S3 URI must have the name of the bucket, not its ARN, got {readable(uri)!r}: give "
                f"s3://{name}/prefix/"
            )
        return cls._of_unnamed(uri, "cannot be told from it", _INSTEAD)

    @classmethod
    def _of_unnamed(cls, uri: str, why: str, instead: str) -> S3Location:
        return cls(uri, None, None, "", unnamed=Unnamed(f"the bucket of {readable(uri)!r} {why}", instead))

    @classmethod
    def _of_token(cls, uri: str) -> S3Location:
        # CloudFormation can split a string only at a literal, so of the prefix no more than its first folder
        # is known. What follows the tokens stays as it is, so that one can tell whether it ends in a slash.
        bucket = cdk.Fn.select(2, cdk.Fn.split("/", uri))
        tokens, rest = split_after_tokens(uri)
        bucket_and_prefix = cdk.Fn.select(1, cdk.Fn.split("s3://", tokens)) + _literally(rest)
        first_folder = cdk.Fn.select(3, cdk.Fn.split("/", f"{uri}/"))
        arn = f"arn:{partition()}:s3:::"
        return cls(uri, f"{arn}{bucket}", f"{arn}{bucket_and_prefix}", first_folder, prefix_goes_on=True)

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The key of the bucket, if it is known to have one of yours."""
        bucket = self.bucket
        return None if bucket is None else once(bucket, "encryption key", lambda: bucket.encryption_key)

    @property
    def widened(self) -> str | None:
        """The prefix in the policy, if it covers more than the location. None if it does not."""
        known = change_known(self.uri, lambda part: _NOT_IN_A_POLICY.sub("*", part))
        return self.prefix if self.objects_arn is not None and known != self.uri else None

    def permissions(self, actions: Sequence[str], *, exact: bool = False, strict: bool) -> list[Permission]:
        """Return the permissions to use the objects, and to list and locate the bucket.

        AWS documents s3:ListBucket for the roles of SageMaker's jobs on the bucket as a whole. A condition on
        the prefix would also refuse HeadBucket, which sends none:
        https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html

        Args:
            actions: the actions on the objects.
            exact: whether the location is one object, and not all objects under a prefix.
            strict: whether the bucket may only be listed below the prefix.
        """
        if self.bucket_arn is None or self.objects_arn is None:
            return []
        if self.is_directory_bucket:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html
            return [Permission(["s3express:CreateSession"], [self.bucket_arn])]
        objects = self.objects_arn if exact else f"{self.objects_arn}*"
        listing = (
            Permission(_LIST, [self.bucket_arn], self._list_conditions(exact=exact))
            if strict
            else Permission(_LOOK_AT_BUCKET, [self.bucket_arn])
        )
        return [listing, Permission(list(actions), [objects])]

    def _list_conditions(self, *, exact: bool) -> dict[str, Any] | None:
        patterns = self._list_patterns(exact=exact)
        if not patterns:
            return None
        return {"StringLike": {"s3:prefix": patterns if len(patterns) > 1 else patterns[0]}}

    def _list_patterns(self, *, exact: bool) -> list[str]:
        """Return the prefixes that a request to list the objects may have, as IAM patterns.

        Without ``exact``, a request may also leave out the slash at the end of the prefix. A whole bucket has
        no patterns.
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
        """Return the location of folders under this prefix, which the function calls ``<prefix>/<folder>/``.

        The value of a token may end in a slash or not, so a prefix that ends in a token stays the same.
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


def _name_in_uri(bucket: s3.IBucket) -> str:
    """Return the name of a bucket in a URI. The CDK finds no bucket's name in the ARN of anything else."""
    arn = Masked(_arn_of(bucket))
    match = _DIRECTORY_BUCKET.fullmatch(arn.text)
    if match:
        return arn.restore(match["bucket"])
    resource, _ = resource_behind(_arn_of(bucket)) or (None, "")
    if resource is not None and type_of(resource) == _POINT_TYPE:
        return _arn_of(bucket)
    if resource is not None and type_of(resource) == _DIRECTORY_TYPE:
        return resource.ref
    return bucket.bucket_name


def _arn_of(bucket: s3.IBucket) -> str:
    return once(bucket, "ARN", lambda: bucket.bucket_arn)


def _directory_arn(bucket: s3.IBucket, name: str) -> str:
    if _DIRECTORY_BUCKET.fullmatch(Masked(_arn_of(bucket)).text):
        return _arn_of(bucket)
    return f"arn:{partition()}:s3express:{bucket.env.region}:{bucket.env.account}:bucket/{name}"


def _type_behind(string: str) -> str | None:
    """Return the type of the resource of the app that a string refers to, if it does."""
    resource, _ = resource_behind(string) or (None, "")
    return None if resource is None else type_of(resource)


def _literally(prefix: str) -> str:
    """Return an IAM pattern for this prefix and no other, as far as possible. Tokens stay as they are.

    Letters that IAM accepts in no policy become a wildcard. It is ``*``, because AWS does not document
    whether ``?`` stands for a letter or for a byte.
    """
    return change_known(prefix, lambda part: _NOT_IN_A_POLICY.sub("*", _SPECIAL.sub(r"${\g<0>}", part)))
