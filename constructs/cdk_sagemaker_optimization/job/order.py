"""Jobs that run one after the other."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from .resource import JobResource


@jsii.implements(IValidation)
class JobOrder:
    """Whether a job may wait for another.

    One policy of a stack lets the function pass the roles of all its jobs, and every job waits for that
    policy. A role that waits for a job would wait for itself.
    """

    def __init__(self, job: IConstruct, role: iam.IRole) -> None:
        self._job = job
        self._role = role

    def validate(self) -> list[str]:
        """At synthesis, when all dependencies are known."""
        return [
            (
                f"the role of this job would wait for {job.node.path}, which waits for the permission to "
                "pass that role: make the role outside of what waits, role=OptimizationRole(stack, …), and "
                "let the jobs alone depend on each other"
            )
            for awaited in self._awaited_by_the_role()
            for job in _jobs_in(awaited)
            if job is not self._job and cdk.Stack.of(job) is cdk.Stack.of(self._job)
        ]

    def _awaited_by_the_role(self) -> list[IConstruct]:
        if not isinstance(self._role, iam.Role):
            # It was made elsewhere.
            return []
        return [awaited for scope in self._role.node.scopes for awaited in scope.node.dependencies]


def _jobs_in(scope: IConstruct) -> list[IConstruct]:
    found = [each.node.scope for each in scope.node.find_all() if isinstance(each, JobResource)]
    return [job for job in found if job is not None]
