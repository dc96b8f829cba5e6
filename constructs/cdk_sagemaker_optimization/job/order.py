"""Jobs that run one after the other."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from .attributes import OptimizationJobAttributes


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
        stack = cdk.Stack.of(self._job)
        return [
            (
                f"the role of this job would wait for {other.node.path}, which waits for the permission to "
                "pass that role: make the role outside of what waits, role=OptimizationRole(stack, …), and "
                "let the jobs alone depend on each other"
            )
            for awaited in self._awaited_by_the_role()
            for other in awaited.node.find_all()
            if self._is_another_job_of(stack, other)
        ]

    def _is_another_job_of(self, stack: cdk.Stack, other: IConstruct) -> bool:
        is_job = isinstance(other, OptimizationJobAttributes)
        return is_job and other is not self._job and cdk.Stack.of(other) is stack

    def _awaited_by_the_role(self) -> list[IConstruct]:
        if not isinstance(self._role, iam.Role):
            # It was made elsewhere.
            return []
        return [awaited for scope in self._role.node.scopes for awaited in scope.node.dependencies]
