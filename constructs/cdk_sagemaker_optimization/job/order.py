"""The order of jobs that depend on each other."""

from __future__ import annotations

from functools import partial

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.facts import Synthesis, node_of, scopes_of, stack_of

from .rendered import RenderedJob
from .resource import JobResource


class JobOrder:
    """Checks that the role of a job or model does not wait for another job.

    One policy of a stack lets the function pass the roles of all its jobs and models, and every job depends
    on that policy. So a role that depends on a job would depend on itself.

    Args:
        job: the construct of the job or model.
        role: its role.
        what: the kind of the construct, for messages.
        role_class: the class of its roles, for messages.
    """

    def __init__(
        self, job: IConstruct, role: iam.IRole, *, what: str = "job", role_class: str = "OptimizationRole"
    ) -> None:
        self._job = job
        self._role = role
        self._what = what
        self._role_class = role_class

    def problems(self, _rendered: RenderedJob) -> list[str]:
        """Find such dependencies, when all of them are known."""
        return [
            (
                f"the role of this {self._what} would wait for {job.node.path}, which waits for the "
                "permission to pass that role: define the role outside of the construct that waits, with "
                f"role={self._role_class}(stack, …), and let only the {self._what}s depend on each other"
            )
            for awaited in self._awaited_by_the_role()
            for job in _jobs_in(awaited)
            if job is not self._job and stack_of(job) is stack_of(self._job)
        ]

    def _awaited_by_the_role(self) -> list[IConstruct]:
        if not isinstance(self._role, iam.Role):
            # It was imported.
            return []
        synthesis = Synthesis.of(self._job)
        return [
            awaited
            for node in map(node_of, scopes_of(self._role))
            for awaited in synthesis.once(node, "dependencies", partial(getattr, node, "dependencies"))
        ]


def _jobs_in(scope: IConstruct) -> list[IConstruct]:
    found = [
        each.node.scope
        for each in scope.node.find_all()
        if isinstance(each, JobResource) and each.cfn_resource_type == contract.JOB_TYPE
    ]
    return [job for job in found if job is not None]
