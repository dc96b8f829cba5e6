"""Secrets in what a job is made of, where everybody could read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from .audit.references import flat
from .validation import is_token_object, is_unresolved

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_SECRET = re.compile(r"\{\{\s*resolve\s*:\s*(secretsmanager|ssm-secure)\s*:")


def problems_with_secrets(scope: IConstruct, props: Mapping[str, Any]) -> list[str]:
    """What is wrong with values that are, or hold, a secret; a sentence for each.

    SageMaker keeps every value of a job in its record, and ``DescribeOptimizationJob`` shows it.

    Args:
        scope: a construct of the stack.
        props: the values, by the names under which the user gave them.
    """
    return [
        f"{path} must not hold a secret, because everybody who may describe the job can read it in the job's "
        "record: copy what it opens, such as a gated model, to a bucket before, or give the secret's name or "
        "ARN to a container that looks it up"
        for path, value in _leaves(props, "")
        if _is_secret(cdk.Stack.of(scope), value)
    ]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"a key of {path}" if path else str(key), key
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and not is_unresolved(value):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{number}]")
    else:
        yield path, value


def _is_secret(stack: cdk.Stack, value: Any) -> bool:
    if isinstance(value, str):
        if "{{" not in value and "Token[" not in value:
            return False
        tokens = cdk.Tokenization.reverse_string(value).tokens
    elif is_token_object(value):
        tokens = [value]
    elif is_unresolved(value):
        tokens = []
    else:
        return False
    if any(isinstance(token, cdk.SecretValue) or _is_hidden(token) for token in tokens):
        return True
    resolved = stack.resolve(value)
    return _SECRET.search(flat(resolved)) is not None or _shows_hidden_parameter(stack, resolved)


def _is_hidden(token: object) -> bool:
    """Whether a token is a parameter whose value CloudFormation shows to nobody (``NoEcho``)."""
    target = token.target if isinstance(token, cdk.Reference) else None
    return isinstance(target, cdk.CfnParameter) and target.no_echo


def _shows_hidden_parameter(stack: cdk.Stack, resolved: Any) -> bool:
    """Whether a function holds such a parameter. One that is the stack's own has its id as its name."""
    children = map(stack.node.try_find_child, {*_references(resolved)})
    return any(isinstance(child, cdk.CfnParameter) and child.no_echo for child in children)


def _references(resolved: Any) -> Iterator[str]:
    if isinstance(resolved, dict):
        if set(resolved) == {"Ref"}:
            yield resolved["Ref"]
        resolved = list(resolved.values())
    if isinstance(resolved, list):
        for item in resolved:
            yield from _references(item)
