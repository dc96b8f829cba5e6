"""Wildcards in the library's own permissions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from .acknowledgement import acknowledge
from .references import flat


def explain_wildcards(
    owner: IConstruct, reason: str, *, actions: Sequence[str], resources: Sequence[str]
) -> None:
    """Give auditors the reason why the library grants actions on resources with a wildcard.

    The finding is acknowledged only where a policy allows nothing else on such a resource. So auditors still
    find a wildcard that a user grants.

    Args:
        owner: the role or policy that the grants belong to.
        reason: the reason for the wildcard.
        actions: the granted actions.
        resources: their resources. Resources without a wildcard are skipped.
    """
    with_wildcard = [resource for resource in resources if "*" in resource]
    if with_wildcard:
        _Wildcards.of(owner).add(_Grant(reason, frozenset(actions), with_wildcard))


@dataclass(frozen=True)
class _Grant:
    reason: str
    actions: frozenset[str]
    resources: list[str]


@jsii.implements(IValidation)
class _Wildcards:
    """What the library granted in the policies of one owner.

    References to other stacks and the names of resources are certain only at synthesis, when the CDK
    validates constructs. Nothing is ever invalid here.
    """

    def __init__(self, owner: IConstruct) -> None:
        self._owner = owner
        self._grants: list[_Grant] = []

    @staticmethod
    def of(owner: IConstruct) -> _Wildcards:
        if owner not in _OWNERS:
            _OWNERS[owner] = _Wildcards(owner)
            owner.node.add_validation(_OWNERS[owner])
        return _OWNERS[owner]

    def add(self, grant: _Grant) -> None:
        self._grants.append(grant)

    def validate(self) -> list[str]:
        """Acknowledge, at synthesis, what the policies have of the library's grants."""
        for holder in self._owner.node.find_all():
            if isinstance(holder, (iam.CfnPolicy, iam.CfnManagedPolicy)):
                self._acknowledge(holder, holder.policy_document)
            elif isinstance(holder, iam.CfnRole):
                for policy in cdk.Stack.of(holder).resolve(holder.policies) or []:
                    self._acknowledge(holder, policy["policyDocument"])
        return []

    def _acknowledge(self, holder: cdk.CfnResource, document: Any) -> None:
        stack = cdk.Stack.of(holder)
        allowed = _allowed(stack.resolve(document))
        granted: defaultdict[str, set[str]] = defaultdict(set)
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        names = stack.resolve([grant.resources for grant in self._grants])
        for grant, resources in zip(self._grants, names, strict=True):
            for name in map(flat, resources):
                granted[name] |= grant.actions
                if grant.reason not in reasons[name] and grant.actions & allowed[name]:
                    reasons[name].append(grant.reason)
        for name, actions in allowed.items():
            if actions and actions <= granted[name]:
                acknowledge(holder, " ".join(reasons[name]), f"AwsSolutions-IAM5[Resource::{name}]")


def _allowed(document: dict[str, Any]) -> defaultdict[str, set[str]]:
    """Return the actions that a policy allows on each resource with a wildcard."""
    allowed: defaultdict[str, set[str]] = defaultdict(set)
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            for name in map(flat, _several(statement.get("Resource", []))):
                if "*" in name:
                    allowed[name].update(_several(statement.get("Action", "*")))
    return allowed


def _several(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]


_OWNERS: WeakKeyDictionary[IConstruct, _Wildcards] = WeakKeyDictionary()
