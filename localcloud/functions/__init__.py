"""Lambda functions, each a process of its own."""

from __future__ import annotations

from localcloud.functions.functions import Functions
from localcloud.functions.invocation import InvokeResult

__all__ = ["Functions", "InvokeResult"]
