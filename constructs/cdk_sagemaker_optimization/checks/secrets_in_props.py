"""The check that no prop of a job or model holds a secret, which everybody could read there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import once, stack_of

from .intrinsics import flat, spelt_out
from .tokens import tokens_in
from .validation import is_token_object, is_unresolved

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_SECRET = re.compile(r"\{\{\s*resolve\s*:\s*(secretsmanager|ssm-secure)\s*:")


# How a number that stands for a token ends as text.
_NUMBER_TOKEN = "e+289"


def problems_with_secrets(scope: IConstruct, props: Mapping[str, Any], *, what: str = "job") -> list[str]:
    """Find the values that are, or hold, a secret.

    SageMaker keeps every value of a job or model in its record, and its Describe operation shows it.

    Args:
        scope: a construct of the stack.
        props: the values, by the names of their props.
        what: the kind of the construct, for messages. Default: a job.

    Returns:
        A sentence for each.
    """
    return [
        f"{path} must not hold a secret, because everybody who may describe the {what} can read it in the "
        f"{what}'s record: copy the gated model or data to a bucket in advance, or give the secret's name or "
        "ARN to a container that looks it up"
        for path, value in _leaves(props, "")
        if _is_secret(stack_of(scope), value)
    ]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and not _is_function(value):
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
        if "{{" not in value and _has_only_plain_references(stack, value):
            return False
        tokens = cdk.Tokenization.reverse_string(value).tokens
    elif isinstance(value, Mapping):
        tokens = []
    elif is_token_object(value):
        tokens = [value]
    elif is_unresolved(value):
        tokens = []
    else:
        return False
    if any(isinstance(token, cdk.SecretValue) or _is_hidden(token) for token in tokens):
        return True
    resolved = spelt_out(stack.resolve(value))
    if any(_SECRET.search(flat(part)) for part in _parts(resolved)):
        return True
    # A reference knows its target. A function has only the names in it.
    is_known = bool(tokens) and all(map(cdk.Reference.is_reference, tokens))
    return not is_known and _shows_hidden_parameter(stack, resolved)


def _has_only_plain_references(stack: cdk.Stack, value: str) -> bool:
    """Tell whether each token in a string is a pseudo parameter, or an attribute of a resource.

    These hold no secret, however often they are used, so each is looked at once.
    """
    if _NUMBER_TOKEN in value:
        return False
    plain_references = once(stack, "plain references", lambda: set[str]())
    for token in tokens_in(value):
        if token not in plain_references and not token.startswith("${Token[AWS."):
            if not isinstance(_target(token), cdk.CfnResource):
                return False
            plain_references.add(token)
    return True


def _target(token: str) -> object:
    reference = cdk.Tokenization.reverse_string(token).first_token
    return reference.target if isinstance(reference, cdk.Reference) else None


def _is_function(value: Mapping[Any, Any]) -> bool:
    """Tell whether a mapping is a function of CloudFormation, as an override may have one."""
    return len(value) == 1 and all(key == "Ref" or str(key).startswith("Fn::") for key in value)


def _is_hidden(token: object) -> bool:
    """Tell whether a token is a parameter whose value CloudFormation shows to nobody (``NoEcho``)."""
    target = token.target if isinstance(token, cdk.Reference) else None
    return isinstance(target, cdk.CfnParameter) and target.no_echo


def _shows_hidden_parameter(stack: cdk.Stack, resolved: Any) -> bool:
    """Tell whether a function refers to a hidden parameter, of this stack or of another one around it."""
    names = {part["Ref"] for part in _parts(resolved) if isinstance(part, dict) and set(part) == {"Ref"}}
    if all(name.startswith("AWS::") for name in names):
        return False
    elsewhere = set()
    for parameter in stack.node.root.node.find_all():
        if isinstance(parameter, cdk.CfnParameter) and parameter.no_echo:
            name = stack.resolve(parameter.logical_id)
            if name in names and stack_of(parameter) is stack:
                return True
            elsewhere.add(name)
    shared = names & elsewhere
    return bool(shared) and not shared <= _own_names(stack)


def _own_names(stack: cdk.Stack) -> set[str]:
    """Return the names of a stack's own elements, which another stack may use for something else."""
    return {
        stack.resolve(element.logical_id)
        for element in stack.node.find_all()
        if isinstance(element, cdk.CfnElement) and stack_of(element) is stack
    }


def _parts(resolved: Any) -> Iterator[Any]:
    """Yield a resolved value and everything in it."""
    yield resolved
    if isinstance(resolved, dict):
        resolved = list(resolved.values())
    if isinstance(resolved, list):
        for item in resolved:
            yield from _parts(item)
