"""Who may do what: IAM policies, trust policies and resource policies, enforced."""

from __future__ import annotations

from localcloud.authorization.authorization import Authorization, Decision
from localcloud.authorization.grants import Grant
from localcloud.authorization.policy import Context

__all__ = ["Authorization", "Context", "Decision", "Grant"]
