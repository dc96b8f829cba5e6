"""A job with a condition of the template."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import Synthesis, node_of, options_of, scopes_of, stack_of

from .rendered import RenderedJob

# The resources that the job refers to, or waits for.
_NEEDED = (iam.CfnRole, iam.CfnPolicy, iam.CfnManagedPolicy, ec2.CfnSecurityGroup)

_HOW = (
    "for construct in job.node.find_all(): if isinstance(construct, cdk.CfnResource): "
    "construct.cfn_options.condition = …"
)


def refuse_condition(resource: cdk.CfnResource, path: str, value: Any) -> None:
    """Refuse an override of the condition.

    A resource that refers to the job's role needs the role's condition, and nothing can read the overrides of
    a resource.

    Args:
        resource: a resource of a job.
        path: the path of the override.
        value: its value. None removes an override.

    Raises:
        ValueError: the override sets the condition.
    """
    if path == "Condition" and value is not None:
        raise ValueError(
            f"the condition of {resource.node.path} must be set by cfn_options, got an override with "
            f"{value!r}, which the permission to pass the job's role cannot follow: give its CfnCondition to "
            f"each resource of the job, {_HOW}"
        )


class JobCondition:
    """Checks that no resource of a job refers to one that may not exist.

    Args:
        job: the construct of the job.
        role: the job's role.
        resource: the job's resource.
        legs: the resources that wait for the job.
    """

    def __init__(
        self, job: IConstruct, role: iam.IRole, resource: cdk.CfnResource, legs: list[cdk.CfnResource]
    ) -> None:
        self._job = job
        self._role = role
        self._resource = resource
        self._legs = legs

    def problems(self, rendered: RenderedJob) -> list[str]:
        """Find conditions that do not fit together, when all of them are known."""
        own = rendered.condition(self._resource)
        without = [leg for leg in self._legs if rendered.condition(leg) != own]
        if own is None:
            without += [
                each
                for each in rendered.resources
                if isinstance(each, _NEEDED) and rendered.condition(each) is not None
            ]
        if not without:
            return self._of_the_role(own)
        return [
            (
                "the resources of this job must have one condition, because they refer to each other, got "
                f"{_describe(self._resource)} and {_describe(without[0])}: set it on each of them, {_HOW}"
            )
        ]

    def _of_the_role(self, own: object) -> list[str]:
        """Find problems with the condition of a role that is defined outside of the job."""
        if stack_of(self._role) is not stack_of(self._job):
            return []
        if own is None and self._job in scopes_of(self._role):
            # Its resources are among those of the job.
            return []
        conditions = Synthesis.of(self._job).once(
            self._role, "conditions", lambda: _conditions_of(self._role)
        )
        others = [each for each, condition in conditions.items() if condition not in (None, own)]
        if not others:
            return []
        if own is None:
            return [
                (
                    f"the job must have the condition of its role, got {_describe(others[0])}: give the job "
                    f"the same one, {_HOW}, or remove it from the role"
                )
            ]
        # One condition may imply the other, which only the deployment knows.
        warn(
            self._job,
            "roleCondition",
            f"the job has the condition {_condition(self._resource)}, and its role another one, "
            f"{_describe(others[0])}, so make sure that the role is there whenever the job is",
        )
        return []


def _conditions_of(role: iam.IRole) -> dict[cdk.CfnResource, object]:
    """Return the condition of each resource of a role, as the template names it."""
    resources = [each for each in node_of(role).find_all() if isinstance(each, _NEEDED)]
    options = stack_of(role).resolve([options_of(each) for each in resources]) if resources else []
    return {each: option.get("condition") for each, option in zip(resources, options, strict=True)}


def _condition(resource: cdk.CfnResource) -> str:
    condition = resource.cfn_options.condition
    return "no condition" if condition is None else condition.node.id


def _describe(resource: cdk.CfnResource) -> str:
    return f"{_condition(resource)} of {resource.node.path}"
