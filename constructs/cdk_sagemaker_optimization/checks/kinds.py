"""Whether what a user gave is of the kind that a prop takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk

# Interfaces of the CDK cannot be asked for with `isinstance`, and a user may implement one. So these are told
# by what the library uses of them, which no name, ARN or construct of another level has.
_MEMBERS = {
    "bucket": ("bucket_arn", "bucket_name"),
    "grantee": ("grant_principal",),
    "key": ("key_arn",),
    "managed policy": ("managed_policy_arn",),
    "queue": ("queue_arn",),
    "role": ("role_arn", "grant_principal"),
    "security group": ("security_group_id",),
    "subnet": ("subnet_id", "internet_connectivity_established"),
    "VPC": ("vpc_id", "select_subnets"),
}

_KINDS = {
    "bucket": "a bucket, such as what s3.Bucket.from_bucket_name(…) makes",
    "grantee": "a principal, such as a role, or what iam.Role.from_role_arn(…) makes",
    "key": "a key, such as what kms.Key.from_key_arn(…) makes",
    "managed policy": "a managed policy, such as what iam.ManagedPolicy.from_managed_policy_name(…) makes",
    "queue": "a queue, such as what sqs.Queue.from_queue_arn(…) makes",
    "role": "a role, such as what iam.Role.from_role_arn(…) makes",
    "security group": "a security group, such as what ec2.SecurityGroup.from_security_group_id(…) makes",
    "subnet": "a subnet, such as what ec2.Subnet.from_subnet_id(…) makes",
    "VPC": "a VPC, such as what ec2.Vpc.from_lookup(…) makes",
}


def check_kind(kind: type, value: object, prop: str, expected: str) -> None:
    """Raise when a value is of another kind than a prop's, such as a string where a construct is due.

    Args:
        kind: the class.
        value: the value.
        prop: the name under which the user gave it.
        expected: what to give, for the message.

    Raises:
        ValueError: a value of another kind, with the prop, the value and what is right.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{prop} must be {expected}, got {value!r}")


def check_construct(kind: str, value: object, prop: str) -> None:
    """Raise when a value cannot be a construct, such as a name, an ARN or a class.

    Args:
        kind: the kind of construct that is due.
        value: the value.
        prop: the name under which the user gave it.

    Raises:
        ValueError: something that is no construct, with the prop, the value and what is right.
    """
    # A property is asked of the class, because its value may not be there yet. A class itself has them, too.
    if not isinstance(value, type) and all(
        hasattr(type(value), member) or hasattr(value, member) for member in _MEMBERS[kind]
    ):
        return
    problem = f"{prop} must be {_KINDS[kind]}, got {value!r}"
    if isinstance(value, cdk.CfnResource):
        problem += f": {value.cfn_resource_type} as such is not enough, wrap it or import it"
    raise ValueError(problem)


def check_flag(value: object, prop: str) -> None:
    """
    Raises:
        ValueError: something else than a bool, such as ``"no"``, which Python takes for yes.
    """
    check_kind(bool, value, prop, "True or False")


def check_list(value: object, prop: str, expected: str) -> None:
    """
    Raises:
        ValueError: something else than a list or a tuple; a string is none, though Python counts it as one.
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"{prop} must be {expected}, got {value!r}")


def check_strings(value: Mapping[Any, Any], prop: str) -> None:
    """
    Raises:
        ValueError: something else than a mapping of strings to strings.
    """
    check_kind(Mapping, value, prop, "a mapping of strings")
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError(f"the key {key!r} of {prop} must be a string")
        check_kind(str, item, f"{prop}.{key}", "a string")
