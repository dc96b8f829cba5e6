"""Keys in policies, which cannot name an alias."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from cdk_sagemaker_optimization.audit import explain_wildcards
from cdk_sagemaker_optimization.checks.tokens import Masked, readable
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved

_ALIAS_ARN = re.compile(r"(?P<account>arn:.+):(?P<alias>alias/.+)")

_WHY_EVERY_KEY = (
    "A policy cannot name a key by its alias, and which key an imported alias stands for is not known; the "
    "condition kms:ResourceAliases leaves the keys with this alias."
)


@dataclass(frozen=True)
class KeyInPolicy:
    """A key as the policy of a role names it."""

    arn: str
    #: The condition that narrows the ARN to one key. None where the ARN names one key.
    conditions: dict[str, Any] | None = None
    #: The reason why the ARN has a wildcard, for auditors. None if it has none.
    wildcard: str | None = None


def key_behind(key: kms.IKey) -> kms.IKey:
    """Return the key of an alias that is defined in the app. A key, or an imported alias, is returned itself.

    Args:
        key: the key, or an alias.
    """
    try:
        target: kms.IKey = key.alias_target_key  # type: ignore[attr-defined]  # an alias has it
    except (AttributeError, RuntimeError):
        # A key has no target, and reading the target of an imported alias raises.
        return key
    return key_behind(target)


def key_in_policy(key: kms.IKey) -> KeyInPolicy:
    """Name a key in the policy of a role.

    IAM accepts the ARN of an alias as a resource, but no request ever matches it:
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html

    Args:
        key: the key, or an alias.

    Raises:
        ValueError: the key is an imported alias whose name does not begin with ``alias/``.
    """
    key = key_behind(key)
    arn = key.key_arn
    masked = Masked(arn)
    match = _ALIAS_ARN.fullmatch(masked.text)
    if match:
        return _every_key(f"{masked.restore(match['account'])}:key/*", masked.restore(match["alias"]))
    if is_unresolved(arn) and _ALIAS_ARN.fullmatch(_as_written(key.stack.resolve(arn))):
        account, name = (cdk.Fn.select(part, cdk.Fn.split(":alias/", arn)) for part in (0, 1))
        return _every_key(f"{account}:key/*", f"alias/{name}")
    alias = _alias_name(key)
    if alias is None:
        return KeyInPolicy(arn)
    if not is_unresolved(alias) and not is_placeholder(alias):
        raise ValueError(
            f"the name of the alias {readable(arn)} must begin with alias/, got {alias!r}: give "
            f"'alias/{alias}' to Alias.from_alias_name"
        )
    every_key = key.stack.format_arn(service="kms", resource="key", resource_name="*")
    return _every_key(every_key, alias)


def allow_key(
    key: kms.IKey, actions: Sequence[str], conditions: dict[str, Any] | None = None
) -> iam.PolicyStatement:
    """Return a statement that allows actions on a key.

    Args:
        key: the key, or an alias.
        actions: the actions.
        conditions: the conditions, beside what the key itself needs. Default: none.
    """
    named = key_in_policy(key)
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[named.arn],
        conditions={**(conditions or {}), **(named.conditions or {})} or None,
    )


def explain_key(owner: IConstruct, key: kms.IKey | None, actions: Sequence[str]) -> None:
    """Give auditors the reason why a policy allows actions on every key, if it does.

    Args:
        owner: the construct that the policy belongs to.
        key: the key, or an alias. None needs no reason.
        actions: the actions that the policy allows.
    """
    if key is None:
        return
    named = key_in_policy(key)
    if named.wildcard is not None:
        explain_wildcards(owner, named.wildcard, actions=actions, resources=[named.arn])


def _every_key(arn: str, alias: str) -> KeyInPolicy:
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    return KeyInPolicy(arn, condition, _WHY_EVERY_KEY)


def _alias_name(key: kms.IKey) -> str | None:
    name = getattr(key, "alias_name", None)
    return name if isinstance(name, str) else None


def _as_written(value: Any) -> str:
    """Return a string that CloudFormation composes, with a question mark for each part that it looks up."""
    match value:
        case str():
            return value
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return text
        case {"Fn::Join": [str(delimiter), list(parts)]}:
            return delimiter.join(map(_as_written, parts))
    return "?"
