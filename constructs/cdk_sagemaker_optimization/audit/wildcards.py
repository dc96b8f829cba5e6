"""Wildcards in the library's own permissions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.checks.intrinsics import flat
from cdk_sagemaker_optimization.facts import node_of, once, stack_of

from .acknowledgement import acknowledge_all


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
        _Wildcards.of(owner).add(_Grant(reason, frozenset(actions), tuple(with_wildcard)))


@dataclass(frozen=True)
class _Grant:
    reason: str
    actions: frozenset[str]
    resources: tuple[str, ...]


@jsii.implements(IValidation)
class _Wildcards:
    """The grants of the library in the policies of one owner.

    References to other stacks and the names of resources are certain only at synthesis, when the CDK
    validates constructs. Nothing is ever invalid here.
    """

    def __init__(self, owner: IConstruct) -> None:
        self._owner = owner
        # Each once, in their order. Jobs that share a role have most of them in common.
        self._grants: dict[_Grant, None] = {}

    @staticmethod
    def of(owner: IConstruct) -> _Wildcards:
        def begin() -> _Wildcards:
            wildcards = _Wildcards(owner)
            node_of(owner).add_validation(wildcards)
            return wildcards

        return once(owner, "wildcards", begin)

    def add(self, grant: _Grant) -> None:
        self._grants[grant] = None

    def validate(self) -> list[str]:
        """Acknowledge, at synthesis, what the policies have of the library's grants."""
        holders: list[cdk.CfnResource] = []
        policies: dict[str, Any] = {}
        for each in node_of(self._owner).find_all():
            if isinstance(each, (iam.CfnPolicy, iam.CfnManagedPolicy)):
                policies[str(len(holders))] = [{"policyDocument": each.policy_document}]
                holders.append(each)
            elif isinstance(each, iam.CfnRole):
                policies[str(len(holders))] = each.policies
                holders.append(each)
        names = [list(grant.resources) for grant in self._grants]
        resolved = stack_of(self._owner).resolve({"policies": policies, "names": names})
        for number, policies_of_one in resolved["policies"].items():
            for policy in policies_of_one:
                self._acknowledge(holders[int(number)], policy["policyDocument"], resolved["names"])
        return []

    def _acknowledge(self, holder: cdk.CfnResource, document: Any, names: list[list[Any]]) -> None:
        allowed = _allowed(document)
        granted: defaultdict[str, set[str]] = defaultdict(set)
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for grant, resources in zip(self._grants, names, strict=True):
            for name in map(flat, resources):
                granted[name] |= grant.actions
                if grant.reason not in reasons[name] and grant.actions & allowed[name]:
                    reasons[name].append(grant.reason)
        acknowledge_all(
            holder,
            {
                f"AwsSolutions-IAM5[Resource::{name}]": " ".join(reasons[name])
                for name, actions in allowed.items()
                if actions and actions <= granted[name]
            },
        )


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
