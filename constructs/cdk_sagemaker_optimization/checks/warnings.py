"""Warnings at synthesis."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import once

_LIBRARY = "cdk-sagemaker-optimization"


def warn(scope: IConstruct, name: str, message: str) -> None:
    """Add a warning, which ``acknowledge_warning("cdk-sagemaker-optimization:<name>")`` silences."""
    annotations = once(scope, "annotations", lambda: cdk.Annotations.of(scope))
    annotations.add_warning_v2(f"{_LIBRARY}:{name}", message)
