"""The estimated size of a policy after its deployment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import stack_of

#: The characters that all inline policies of a role may have. IAM does not count white space.
INLINE_LIMIT = 10_240

# An estimate that is too long would refuse a policy that can be deployed, so these are short ones.
_LENGTHS = {"AWS::Partition": len("aws"), "AWS::Region": len("us-east-1"), "AWS::AccountId": 12}
_UNKNOWN = 60


def policy_size(scope: IConstruct, document: Any) -> int:
    """Estimate the characters of a policy's document.

    Args:
        scope: a construct of the policy's stack.
        document: the document, which may hold tokens.
    """
    deployed = _deployed(stack_of(scope).resolve(document))
    return len(json.dumps(deployed, separators=(",", ":"), ensure_ascii=False))


def statements_size(scope: IConstruct, statements: Sequence[iam.PolicyStatement]) -> int:
    """Estimate the characters of statements in a policy.

    Args:
        scope: a construct of the policy's stack.
        statements: the statements.
    """
    return sum(policy_size(scope, statement.to_statement_json()) + 1 for statement in statements)


def _deployed(value: Any) -> Any:
    """Return a value of a template, with a text of a likely length for each part that is not known yet."""
    if isinstance(value, list):
        return [_deployed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(map(str, _deployed(parts))) if isinstance(parts, list) else "x" * _UNKNOWN
    if "Ref" in value or any(key.startswith("Fn::") for key in value):
        return "x" * _LENGTHS.get(str(value.get("Ref")), _UNKNOWN)
    return {key: _deployed(item) for key, item in value.items()}
