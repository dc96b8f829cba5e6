"""Findings that are acknowledged."""

from __future__ import annotations

from contextlib import suppress

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Say why a construct is as it should be although rules of a validation plugin find something.

    It is silent without the plugin, and leaves the template as it is.

    Args:
        construct: whose findings these are, with what is below it.
        reason: why that is so.
        rules: the exact ids of the findings, such as ``AwsSolutions-IAM5[Resource::*]``. One that the CDK
            takes for no id is left out, and so remains a finding.
    """
    if not hasattr(cdk, "Validations"):
        # An older CDK, which no validation plugin works with that could read this.
        return
    for rule in rules:
        with suppress(RuntimeError):
            cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
