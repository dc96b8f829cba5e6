"""Nested stacks that are kept, and what runs in them."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation


@jsii.implements(IValidation)
class KeptNestedStacks:
    """Checks that no rollback leaves a nested stack behind in which a job runs that nobody waits for.

    With ``DeletionPolicy: Retain`` a rollback of the outer stack's creation keeps the nested stack as it is.
    A job that was waited for has ended by then.

    Args:
        job: the construct of the job.
    """

    def __init__(self, job: IConstruct) -> None:
        self._job = job

    def validate(self) -> list[str]:
        """At synthesis, when every aspect has had its say."""
        return [
            (
                f"the nested stack {stack.node.path} must not have the deletion policy Retain, because a job "
                "with Completion.detached() would run on in it after a deployment that is rolled back: set "
                "nested_stack_resource.cfn_options.deletion_policy = "
                "CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, or use Completion.wait()"
            )
            for stack in _nested_stacks_around(self._job)
            if stack.nested_stack_resource is not None
            and stack.nested_stack_resource.cfn_options.deletion_policy is cdk.CfnDeletionPolicy.RETAIN
        ]


def _nested_stacks_around(job: IConstruct) -> list[cdk.Stack]:
    stacks = []
    stack: cdk.Stack | None = cdk.Stack.of(job)
    while stack is not None and stack.nested_stack_parent is not None:
        stacks.append(stack)
        stack = stack.nested_stack_parent
    return stacks
