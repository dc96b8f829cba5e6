"""Nested stacks that are kept when a deployment is rolled back."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import stacks_around

from .rendered import RenderedJob


class KeptNestedStacks:
    """Checks that no rollback keeps a nested stack with a job that still runs.

    With ``DeletionPolicy: Retain`` a rollback of the outer stack's creation keeps the nested stack. A job
    that a deployment waits for has ended by then.

    Args:
        job: the construct of the job.
    """

    def __init__(self, job: IConstruct) -> None:
        self._job = job

    def problems(self, _rendered: RenderedJob) -> list[str]:
        """Find kept nested stacks, after all aspects."""
        return [
            (
                f"the nested stack {stack.node.path} must not have the deletion policy Retain, because a job "
                "with Completion.detached() would run on in it after a deployment that is rolled back: set "
                "nested_stack_resource.cfn_options.deletion_policy = "
                "CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, or use Completion.wait()"
            )
            for stack in stacks_around(self._job)
            if stack.nested_stack_resource is not None
            and stack.nested_stack_resource.cfn_options.deletion_policy is cdk.CfnDeletionPolicy.RETAIN
        ]
