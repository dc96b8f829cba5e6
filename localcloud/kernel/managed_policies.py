"""Seam into moto (5.2): AWS's own managed policies, each made when a call first names it.

moto knows them all, but makes 1,500 objects for every partition when it is told to have them, and again at
every reset, which takes longer than most tests.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

_NAMING_A_POLICY = (
    "attach_role_policy",
    "attach_group_policy",
    "attach_user_policy",
    "get_policy",
    "get_policy_version",
)


def have_managed_policies() -> None:
    """Let every operation that names an AWS managed policy find it."""
    for name in _NAMING_A_POLICY:
        method = getattr(IAMBackend, name)
        if not hasattr(method, "__wrapped__"):
            setattr(IAMBackend, name, _adopting(method))


def adopt(backend: Any, arn: str) -> None:
    """Have an AWS managed policy in moto's IAM, if `arn` is one's."""
    name = arn.rpartition("/")[2]
    if arn in backend.managed_policies or not arn.startswith(f"arn:{backend.partition}:iam::aws:policy/"):
        return
    if name in _all():
        policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _all()[name])
        if policy.arn == arn:
            backend.managed_policies[arn] = policy


@functools.cache
def _all() -> dict[str, Any]:
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies


def _adopting(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def adopting(self: Any, policy_arn: str, *arguments: Any, **named: Any) -> Any:
        adopt(self, policy_arn)
        return method(self, policy_arn, *arguments, **named)

    return adopting
