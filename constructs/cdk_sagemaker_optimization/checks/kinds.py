"""Checks that a value is of the kind that a prop takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk

# `isinstance` does not work with the CDK's interfaces, and a user may implement one. So the members that the
# library uses tell a construct: no name, ARN or construct of another level has them.
_MEMBERS = {
    "alarm": ("alarm_arn", "alarm_name"),
    "bucket": ("bucket_arn", "bucket_name"),
    "grantee": ("grant_principal",),
    "key": ("key_arn",),
    "managed policy": ("managed_policy_arn",),
    "queue": ("queue_arn",),
    "role": ("role_arn", "grant_principal"),
    "security group": ("security_group_id",),
    "subnet": ("subnet_id", "internet_connectivity_established"),
    "topic": ("topic_arn", "topic_name"),
    "VPC": ("vpc_id", "select_subnets"),
}

_KINDS = {
    "alarm": "an alarm, such as cloudwatch.Alarm.from_alarm_name(…)",
    "bucket": "a bucket, such as s3.Bucket.from_bucket_name(…)",
    "grantee": "a principal, such as iam.Role.from_role_arn(…)",
    "key": "a key, such as kms.Key.from_key_arn(…)",
    "managed policy": "a managed policy, such as iam.ManagedPolicy.from_managed_policy_name(…)",
    "queue": "a queue, such as sqs.Queue.from_queue_arn(…)",
    "role": "a role, such as iam.Role.from_role_arn(…)",
    "security group": "a security group, such as ec2.SecurityGroup.from_security_group_id(…)",
    "subnet": "a subnet, such as ec2.Subnet.from_subnet_id(…)",
    "topic": "a topic, such as sns.Topic.from_topic_arn(…)",
    "VPC": "a VPC, such as ec2.Vpc.from_lookup(…)",
}


def check_kind(kind: type, value: object, prop: str, expected: str) -> None:
    """Check that a value is an instance of a class.

    Args:
        kind: the class.
        value: the value.
        prop: the name of the prop, for the message.
        expected: a description of the right values, for the message.

    Raises:
        ValueError: the value is of another kind.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{prop} must be {expected}, got {value!r}")


def check_construct(kind: str, value: object, prop: str) -> None:
    """Check that a value is a construct of a kind, and not a name, an ARN or a class.

    Args:
        kind: the kind of construct.
        value: the value.
        prop: the name of the prop, for the message.

    Raises:
        ValueError: the value is no construct of the kind.
    """
    # The class is asked for a property, because its value may not be there yet. A class itself has them, too.
    if not isinstance(value, type) and all(
        hasattr(type(value), member) or hasattr(value, member) for member in _MEMBERS[kind]
    ):
        return
    problem = f"{prop} must be {_KINDS[kind]}, got {value!r}"
    if isinstance(value, cdk.CfnResource):
        problem += f": an {value.cfn_resource_type} alone is not enough, wrap it or import it"
    raise ValueError(problem)


def check_flag(value: object, prop: str) -> None:
    """Check that a value is a bool.

    Raises:
        ValueError: the value is something else, such as ``"no"``, which is true in Python.
    """
    check_kind(bool, value, prop, "True or False")


def check_list(value: object, prop: str, expected: str) -> None:
    """Check that a value is a list or a tuple.

    Raises:
        ValueError: the value is something else, such as a string, which is a sequence in Python.
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"{prop} must be {expected}, got {value!r}")


def check_strings(value: Mapping[Any, Any], prop: str) -> None:
    """Check that a value is a mapping of strings to strings.

    Raises:
        ValueError: the value is something else.
    """
    check_kind(Mapping, value, prop, "a mapping of strings")
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError(f"the key {key!r} of {prop} must be a string")
        check_kind(str, item, f"{prop}.{key}", "a string")
