"""Findings that are acknowledged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import aws_cdk as cdk
from constructs import IConstruct

# What the CDK is certain to take for an id: no brackets beside those at the end.
_LOOKS_LIKE_AN_ID = re.compile(r"[\w-]+(\[[^][(){}]*\])?")


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Say why a construct is as it should be although rules of a validation plugin find something.

    Args:
        construct: whose findings these are, with what is below it.
        reason: why that is so.
        rules: the exact ids of the findings, such as ``AwsSolutions-IAM5[Resource::*]``.
    """
    acknowledge_all(construct, dict.fromkeys(rules, reason))


def acknowledge_all(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Say of several findings why a construct is as it should be.

    It is silent without the plugin, and leaves the template as it is.

    Args:
        construct: whose findings these are, with what is below it.
        reasons: why that is so, by the exact ids of the findings. One that the CDK takes for no id is left
            out, and so remains a finding.
    """
    if not reasons or not hasattr(cdk, "Validations"):
        # An older CDK, which no validation plugin works with that could read this.
        return
    validations = cdk.Validations.of(construct)
    acknowledged = [cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
    certain = [each for each in acknowledged if _LOOKS_LIKE_AN_ID.fullmatch(each.id)]
    if certain:
        validations.acknowledge(*certain)
    for each in acknowledged:
        if each not in certain:
            with suppress(RuntimeError):
                validations.acknowledge(each)
