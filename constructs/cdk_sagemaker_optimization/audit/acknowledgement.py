"""Acknowledgement of findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import once

# The ids that the CDK is certain to accept: no brackets beside those at the end.
_LOOKS_LIKE_AN_ID = re.compile(r"[\w-]+(\[[^][(){}]*\])?")


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Give the reason why a finding of a validation plugin is no mistake.

    Args:
        construct: the construct with the findings, which may be in a construct below it.
        reason: the reason.
        rules: the exact ids of the findings, such as ``AwsSolutions-IAM5[Resource::*]``.
    """
    acknowledge_all(construct, dict.fromkeys(rules, reason))


def acknowledge_all(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Give the reasons why several findings are no mistakes.

    Without the plugin nothing happens. The template stays as it is.

    Args:
        construct: the construct with the findings, which may be in a construct below it.
        reasons: the reasons by the exact ids of the findings. The CDK ignores a string that is no id, so its
            finding remains.
    """
    if not reasons or not hasattr(cdk, "Validations"):
        # An older CDK. No validation plugin for it could read this.
        return
    validations = once(construct, "validations", lambda: cdk.Validations.of(construct))
    acknowledged = [cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
    certain = [each for each in acknowledged if _LOOKS_LIKE_AN_ID.fullmatch(each.id)]
    if certain:
        validations.acknowledge(*certain)
    for each in acknowledged:
        if each not in certain:
            with suppress(RuntimeError):
                validations.acknowledge(each)
