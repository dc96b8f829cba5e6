"""Advice at synthesis."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

_LIBRARY = "cdk-sagemaker-optimization"


def warn(scope: IConstruct, name: str, message: str) -> None:
    """Add a warning, which ``acknowledge_warning("cdk-sagemaker-optimization:<name>")`` silences."""
    cdk.Annotations.of(scope).add_warning_v2(f"{_LIBRARY}:{name}", message)
