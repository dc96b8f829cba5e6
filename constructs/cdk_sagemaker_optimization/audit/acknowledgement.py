"""Acknowledgement of findings."""

from __future__ import annotations

from contextlib import suppress

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Give the reason why a finding of a validation plugin is no mistake.

    Without the plugin nothing happens. The template stays as it is.

    Args:
        construct: the construct with the findings, which may be in a construct below it.
        reason: the reason.
        rules: the exact ids of the findings, such as ``AwsSolutions-IAM5[Resource::*]``. The CDK
            ignores a string that is no id, so its finding remains.
    """
    if not hasattr(cdk, "Validations"):
        # An older CDK. No validation plugin for it could read this.
        return
    for rule in rules:
        with suppress(RuntimeError):
            cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
