"""Lambda functions, each a process of its own."""

from __future__ import annotations

from localcloud.services.awslambda.functions import Functions
from localcloud.services.awslambda.invocation import InvokeResult
from localcloud.services.awslambda.service import InvokeService

__all__ = ["Functions", "InvokeResult", "InvokeService"]
