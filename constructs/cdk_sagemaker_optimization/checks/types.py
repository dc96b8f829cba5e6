"""Types of the constructs that users pass.

To a type checker, the CDK's classes do not all implement its interfaces, so a prop names both.
"""

from __future__ import annotations

from typing import TypeAlias

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

#: A key, an imported key, or an alias of either.
AnyKey: TypeAlias = kms.IKey | kms.Key

#: A role, or an imported role.
AnyRole: TypeAlias = iam.IRole | iam.Role
