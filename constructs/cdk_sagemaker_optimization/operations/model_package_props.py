"""Checks of the props of a version in the model registry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.kinds import check_kind
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved

_APPROVAL_STATUSES = ("PendingManualApproval", "Approved", "Rejected")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelpackage.html
_LONGEST_DESCRIPTION = 1024
_LONGEST_URI = 1024
_GROUP = re.compile(
    r"(arn:[a-z-]+:sagemaker:[a-z0-9-]+:\d{12}:model-package-group/)?[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
)
_S3_FILE = re.compile(r"s3://[^/]+/.*[^/]")


def check_approval_status(status: object) -> None:
    """Check the approval status of a version.

    Raises:
        ValueError: the API knows no such status.
    """
    if not _is_known(status) or status in _APPROVAL_STATUSES:
        return
    raise ValueError(f"approval_status must be one of {', '.join(_APPROVAL_STATUSES)}, got {status!r}")


def check_removal_policy(policy: object) -> None:
    """Check that CloudFormation can keep or delete a version by a policy.

    Raises:
        ValueError: it cannot, as with ``SNAPSHOT``.
    """
    allowed = cdk.RemovalPolicy
    if policy not in (allowed.RETAIN_ON_UPDATE_OR_DELETE, allowed.RETAIN, allowed.DESTROY):
        raise ValueError(
            "removal_policy must be RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, RETAIN or DESTROY, got "
            f"{policy!r}"
        )


def check_description(description: object) -> None:
    """Check the description of a version.

    Raises:
        ValueError: it is no string, or too long.
    """
    check_kind(str, description, "description", "a string")
    text = str(description)
    if _is_known(text) and len(text) > _LONGEST_DESCRIPTION:
        raise ValueError(
            f"description must have at most {_LONGEST_DESCRIPTION} characters, got {len(text)}: shorten it"
        )


def check_metrics(metrics: object) -> None:
    """Check the location of the metrics of a version.

    Raises:
        ValueError: it is no S3 URI of a file.
    """
    expected = "the S3 URI of a JSON file, such as s3://bucket/prefix/quality.json"
    check_kind(str, metrics, "metrics", expected)
    uri = str(metrics)
    if _is_known(uri) and (not _S3_FILE.fullmatch(uri) or len(uri) > _LONGEST_URI):
        raise ValueError(f"metrics must be {expected}, with at most {_LONGEST_URI} characters, got {uri!r}")


def check_group_name(group: object) -> str:
    """Return the name of a group that exists.

    Raises:
        ValueError: no group can have the name.
    """
    expected = "the name of a model package group, or a CfnModelPackageGroup"
    check_kind(str, group, "group", expected)
    name = str(group)
    if _is_known(name) and not _GROUP.fullmatch(name):
        raise ValueError(
            f"group must be {expected}: 1 to 63 letters, digits and hyphens, none of them at an end, got "
            f"{name!r}"
        )
    return name


def check_metadata_keys(tags: Mapping[str, str], reserved: Sequence[str]) -> None:
    """Check that no tag has the key of a metadata property of the library.

    Raises:
        ValueError: one has.
    """
    taken = [key for key in tags if key in reserved]
    if taken:
        raise ValueError(
            f"tags must not have the keys {', '.join(reserved)}, because the library uses them, got "
            f"{', '.join(taken)}: choose other keys"
        )


def _is_known(value: object) -> bool:
    return not is_unresolved(value) and not is_placeholder(value)
