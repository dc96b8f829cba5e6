"""Who may do what: IAM policies, trust policies and resource policies, enforced."""

from __future__ import annotations

from localcloud.services.iam.authorization import Authorization, Decision
from localcloud.services.iam.grants import Grant
from localcloud.services.iam.policy import Context

__all__ = ["Authorization", "Context", "Decision", "Grant"]
