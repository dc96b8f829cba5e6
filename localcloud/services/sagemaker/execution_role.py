"""The use of an execution role by SageMaker. Its policies must allow each action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from localcloud.kernel.permissions import Decision, Permissions
from localcloud.services.sagemaker.s3_location import S3Location

SERVICE = "sagemaker.amazonaws.com"

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
)

_NETWORK_DESCRIPTIONS = ("NetworkInterfaces", "Vpcs", "DhcpOptions", "Subnets", "SecurityGroups")
_NETWORK_CHANGES = (
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission",
)
_SOME_INTERFACE = "eni-0123456789abcdef0"


@dataclass(frozen=True, slots=True)
class Use:
    """One action on one resource, which SageMaker needs a role for.

    Attributes:
        step: What it is needed for, as the beginning of a sentence: "failed to <step>".
    """

    step: str
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


class Owner(Protocol):
    """The thing that a role works for: a job, an endpoint or a component."""

    @property
    def name(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


class ExecutionRole:
    """The role of one job or of one model, at work."""

    def __init__(self, role_arn: str, owner: Owner, permissions: Permissions) -> None:
        self._owner = owner
        self._permissions = permissions
        self._partition = owner.arn.split(":")[1]
        name, account = role_arn.rpartition("/")[2], role_arn.split(":")[4]
        self._session_arn = f"arn:{self._partition}:sts::{account}:assumed-role/{name}/SageMaker"

    def refusal(self, uses: Iterator[Use]) -> str | None:
        """The FailureReason for the first of `uses` that the role does not allow; None if it allows all."""
        refused = self.first_refused(uses)
        return None if refused is None else f"ClientError: Failed to {refused[0].step}: {refused[1].reason}"

    def first_refused(self, uses: Iterator[Use]) -> tuple[Use, Decision] | None:
        """The first of `uses` that the role does not allow; None if it allows all."""
        for use in uses:
            decision = self._permissions.authorize(self._session_arn, use.action, use.resource, use.context)
            if not decision.allowed:
                return use, decision
        return None

    def reporting(self, log_group: str, namespace: str) -> Iterator[Use]:
        """Writing logs and metrics."""
        group = self._arn("logs", f"log-group:{log_group}")
        stream = f"{group}:log-stream:{self._owner.name}"
        for action, resource in (
            ("CreateLogGroup", f"{group}:log-stream:"),
            ("CreateLogStream", stream),
            ("PutLogEvents", stream),
            ("DescribeLogStreams", f"{group}:log-stream:"),
        ):
            yield Use("write logs", f"logs:{action}", resource)
        yield Use("publish metrics", "cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": namespace})

    def networking(self, vpc: Mapping[str, Sequence[str]] | None) -> Iterator[Use]:
        """Getting network interfaces in a VPC; nothing without one."""
        if vpc is None:
            return
        step = "create network interfaces in the VPC"
        interface = self._arn("ec2", f"network-interface/{_SOME_INTERFACE}")
        for what in _NETWORK_DESCRIPTIONS:
            yield Use(step, f"ec2:Describe{what}", "*")
        subnets = [self._arn("ec2", f"subnet/{subnet}") for subnet in vpc["Subnets"]]
        groups = [self._arn("ec2", f"security-group/{group}") for group in vpc["SecurityGroupIds"]]
        for resource in (interface, *subnets, *groups):
            yield Use(step, "ec2:CreateNetworkInterface", resource)
        for action in _NETWORK_CHANGES:
            yield Use(step, f"ec2:{action}", interface)

    def pulling(self, image: str) -> Iterator[Use]:
        """Pulling an image; nothing for one that is not in ECR."""
        repository = self._repository(image)
        if repository is None:
            return
        step = f"pull image {image}"
        yield Use(step, "ecr:GetAuthorizationToken", "*")
        for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
            yield Use(step, f"ecr:{action}", repository)

    def looking_at_image(self, image: str) -> Iterator[Use]:
        """Looking up what an image is; nothing for one that is not in ECR."""
        repository = self._repository(image)
        for action in ("BatchGetImage", "DescribeImages") if repository else ():
            yield Use(f"look up image {image}", f"ecr:{action}", str(repository))

    def looking_at(self, location: S3Location) -> Iterator[Use]:
        """Asking for a bucket as a whole, with HeadBucket, and for its Region.

        AWS documents both permissions for the roles of SageMaker's jobs; which calls an optimization job
        makes is in no document:
        https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        """
        step = f"look at the bucket {location.bucket}"
        for action in ("s3:ListBucket", "s3:GetBucketLocation"):
            yield Use(step, action, location.arn(self._partition))

    def reading(self, what: str, location: S3Location, keys: Sequence[str], key: str | None) -> Iterator[Use]:
        """Listing what is at a location, and reading the objects `keys`, encrypted with a KMS key."""
        step = f"download {what} from s3://{location.bucket}/{location.key}"
        yield Use(step, "s3:ListBucket", location.arn(self._partition), {"s3:prefix": location.key})
        for each in keys:
            yield Use(step, "s3:GetObject", location.arn(self._partition, each))
        if key:
            yield Use(step, "kms:Decrypt", self.key_arn(key), self._through_s3())

    def writing(self, what: str, location: S3Location, keys: Sequence[str], key: str | None) -> Iterator[Use]:
        """Uploading the objects `keys`, encrypted with a KMS key."""
        step = f"upload {what} to s3://{location.bucket}/{location.key}"
        for each in keys:
            yield Use(step, "s3:PutObject", location.arn(self._partition, each))
        # An upload in several parts also reads its data key back.
        for action in ("kms:GenerateDataKey", "kms:Decrypt") if key else ():
            yield Use(step, action, self.key_arn(str(key)), self._through_s3())

    def encrypting(self, key: str) -> Iterator[Use]:
        """Using a key that the job was given for its output.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
        """
        yield Use("encrypt the optimized model", "kms:Encrypt", self.key_arn(key))

    def abandoning(self, location: S3Location, key: str) -> Iterator[Use]:
        """Taking back the upload of an object that will never be finished."""
        step = f"abort an upload to s3://{location.bucket}/{location.key}"
        yield Use(step, "s3:AbortMultipartUpload", location.arn(self._partition, key))

    def key_arn(self, key: str) -> str:
        """The ARN of a KMS key, or of its alias, that is given by its ARN, its id or its name."""
        return (
            key
            if key.startswith("arn:")
            else self._arn("kms", key if key.startswith("alias/") else f"key/{key}")
        )

    def _repository(self, image: str) -> str | None:
        match = _ECR_IMAGE.match(image)
        if match is None:
            return None
        place = f"{match['region']}:{match['account']}"
        return f"arn:{self._partition}:ecr:{place}:repository/{match['repository']}"

    def _through_s3(self) -> dict[str, str]:
        return {"kms:ViaService": f"s3.{self._owner.region}.amazonaws.com"}

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self._partition}:{service}:{self._owner.region}:{self._owner.account}:{resource}"
