"""Questions that a service asks before it acts for a role. `localcloud.services.iam` answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Context = Mapping[str, str | Sequence[str]]
"""Condition keys and their values. A sequence is a key with many values (`aws:TagKeys`)."""


@dataclass(frozen=True)
class Decision:
    """The answer to one question.

    Attributes:
        reason: The sentence with which AWS refuses; empty if it is allowed.
    """

    allowed: bool
    reason: str = ""


class Permissions(Protocol):
    """The questions."""

    def authorize(
        self, principal_arn: str, action: str, resource_arn: str, context: Context | None = None
    ) -> Decision:
        """Decide whether a principal may do `action` on a resource.

        Args:
            principal_arn: The ARN of a role or of a session. The root of the account may do everything.
        """
        ...

    def may_assume(
        self, role_arn: str, service: str, source_account: str | None = None, source_arn: str | None = None
    ) -> Decision:
        """Decide whether the trust policy of a role names a service (`sagemaker.amazonaws.com`)."""
        ...

    def service_may(self, service: str, action: str, resource_arn: str, source_arn: str) -> Decision:
        """Decide whether the policy of a resource lets a service (`events.amazonaws.com`) use it.

        Args:
            source_arn: The resource of this account for which the service acts, for example a rule.
        """
        ...


def session_arn(role_arn: str, session_name: str) -> str:
    """Return the ARN of a session of a role."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"
