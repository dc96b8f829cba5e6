"""A job that is there only under a condition of the template."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.checks.warnings import warn

# What the job refers to, or waits for.
_NEEDED = (iam.CfnRole, iam.CfnPolicy, iam.CfnManagedPolicy, ec2.CfnSecurityGroup)

_HOW = (
    "for construct in job.node.find_all(): if isinstance(construct, cdk.CfnResource): "
    "construct.cfn_options.condition = …"
)


def refuse_condition(resource: cdk.CfnResource, path: str, value: Any) -> None:
    """Refuse a condition by an override.

    What refers to the job's role must be under the role's condition, and nobody can ask a resource for its
    overrides.

    Args:
        resource: a resource of a job.
        path: what is overridden.
        value: with what. None takes an override back.

    Raises:
        ValueError: an override of the condition.
    """
    if path == "Condition" and value is not None:
        raise ValueError(
            f"the condition of {resource.node.path} must be set by cfn_options, got an override with "
            f"{value!r}, which the permission to pass the job's role cannot follow: give its CfnCondition to "
            f"each resource of the job, {_HOW}"
        )


@jsii.implements(IValidation)
class JobCondition:
    """Checks that no resource of a job refers to one that may not be there.

    Args:
        job: the construct of the job.
        role: the role that the job runs as.
        resource: its resource.
        legs: the resources of the waiting for it.
    """

    def __init__(
        self, job: IConstruct, role: iam.IRole, resource: cdk.CfnResource, legs: list[cdk.CfnResource]
    ) -> None:
        self._job = job
        self._role = role
        self._resource = resource
        self._legs = legs

    def validate(self) -> list[str]:
        """At synthesis, when all conditions are known."""
        own = self._resource.cfn_options.condition
        without = [leg for leg in self._legs if leg.cfn_options.condition is not own]
        if own is None:
            without += [
                each
                for each in self._job.node.find_all()
                if isinstance(each, _NEEDED) and each.cfn_options.condition is not None
            ]
        if not without:
            return self._of_the_role(own)
        return [
            (
                "the resources of this job must have one condition, because they refer to each other, got "
                f"{_describe(self._resource)} and {_describe(without[0])}: set it on each of them, {_HOW}"
            )
        ]

    def _of_the_role(self, own: cdk.CfnCondition | None) -> list[str]:
        """What is wrong with a role that is made outside of the job."""
        if cdk.Stack.of(self._role) is not cdk.Stack.of(self._job):
            return []
        others = [
            each
            for each in self._role.node.find_all()
            if isinstance(each, _NEEDED) and each.cfn_options.condition not in (None, own)
        ]
        if not others:
            return []
        if own is None:
            return [
                (
                    f"the job has no condition, and its role has one, got {_describe(others[0])}: give the "
                    f"job the same one, {_HOW}, or leave it away from the role"
                )
            ]
        # One may imply the other, which only the deployment knows.
        warn(
            self._job,
            "roleCondition",
            f"the job has the condition {own.node.id}, and its role another one, {_describe(others[0])}, so "
            "make sure that the role is there whenever the job is",
        )
        return []


def _describe(resource: cdk.CfnResource) -> str:
    condition = resource.cfn_options.condition
    name = "no condition" if condition is None else condition.node.id
    return f"{name} of {resource.node.path}"
