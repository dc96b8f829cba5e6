"""A job that is there only under a condition of the template."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

# What the job refers to, or waits for.
_NEEDED = (iam.CfnRole, iam.CfnPolicy, iam.CfnManagedPolicy, ec2.CfnSecurityGroup)


@jsii.implements(IValidation)
class JobCondition:
    """Checks that no resource of a job refers to one that may not be there.

    Args:
        job: the construct of the job.
        resource: its resource.
        legs: the resources of the waiting for it.
    """

    def __init__(self, job: IConstruct, resource: cdk.CfnResource, legs: list[cdk.CfnResource]) -> None:
        self._job = job
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
            return []
        return [
            (
                "the resources of this job must have one condition, because they refer to each other, got "
                f"{_describe(self._resource)} and {_describe(without[0])}: set it on each of them, for "
                "construct in job.node.find_all(): if isinstance(construct, cdk.CfnResource): "
                "construct.cfn_options.condition = …"
            )
        ]


def _describe(resource: cdk.CfnResource) -> str:
    condition = resource.cfn_options.condition
    name = "no condition" if condition is None else condition.node.id
    return f"{name} of {resource.node.path}"
