"""IAM policies, trust policies and resource policies, enforced."""

from __future__ import annotations

from localcloud.kernel.permissions import Decision
from localcloud.services.iam.authorization import Authorization
from localcloud.services.iam.grants import Grant

__all__ = ["Authorization", "Decision", "Grant"]
