"""Facts about objects of the CDK that never change, and are read once.

The CDK runs in a process of its own. Reading a value sends a message there and one back, which takes longer
than most uses of the value, and all jobs of a stack read the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import aws_cdk as cdk
from constructs import IConstruct, Node

_Answer = TypeVar("_Answer")

# An attribute of the object itself has the answers, so they live as long as the object.
_ANSWERS = "_cdk_sagemaker_optimization_answers"


def once(subject: object, question: str, ask: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question, which stays the same as long as the object exists.

    Args:
        subject: the object of the CDK, such as a bucket.
        question: the name of the question, which is the same wherever it is asked.
        ask: finds the answer.
    """
    answers: dict[str, _Answer] = vars(subject).setdefault(_ANSWERS, {})
    if question not in answers:
        answers[question] = ask()
    return answers[question]


def stack_of(construct: IConstruct) -> cdk.Stack:
    """Return the stack of a construct, and of a stack the stack itself."""
    if isinstance(construct, cdk.Stack):
        return construct
    return once(construct, "stack", lambda: cdk.Stack.of(construct))


def node_of(construct: IConstruct) -> Node:
    """Return the node of a construct in the tree."""
    return once(construct, "node", lambda: construct.node)


def path_of(construct: IConstruct) -> str:
    """Return the path of a construct in the tree, for messages."""
    return once(construct, "path", lambda: node_of(construct).path)


def address_of(construct: IConstruct) -> str:
    """Return the address of a construct, which no other construct of the app has."""
    return once(construct, "address", lambda: node_of(construct).addr)


def root_of(construct: IConstruct) -> IConstruct:
    """Return the root of a construct's tree, usually the app."""
    return once(construct, "root", lambda: node_of(construct).root)


def scopes_of(construct: IConstruct) -> list[IConstruct]:
    """Return the constructs around a construct, from the root to itself."""
    return once(construct, "scopes", lambda: node_of(construct).scopes)


def account_of(construct: IConstruct) -> str:
    """Return the account of a construct's stack, which may be a token."""
    stack = stack_of(construct)
    return once(stack, "account", lambda: stack.account)


def region_of(construct: IConstruct) -> str:
    """Return the Region of a construct's stack, which may be a token."""
    stack = stack_of(construct)
    return once(stack, "region", lambda: stack.region)


def owner_of(resource: cdk.IResource) -> str:
    """Return the account of a resource, which may be a token, and another one than its stack's."""
    return once(resource, "owner", lambda: resource.env.account)


@cache
def partition() -> str:
    """Return the token for the partition of the stack that uses it."""
    return cdk.Aws.PARTITION


def stacks_around(construct: IConstruct) -> list[cdk.Stack]:
    """Return the stack of a construct and the stacks around that, the outermost first."""
    stacks = [stack_of(construct)]
    while (parent := _parent_of(stacks[0])) is not None:
        stacks.insert(0, parent)
    return stacks


def _parent_of(stack: cdk.Stack) -> cdk.Stack | None:
    return once(stack, "parent", lambda: stack.nested_stack_parent)


def resource_of(construct: IConstruct) -> IConstruct | None:
    """Return the resource behind a construct of the CDK. None for an imported one."""
    return once(construct, "resource", lambda: node_of(construct).default_child)


def type_of(resource: cdk.CfnResource) -> str:
    """Return the type of a resource in CloudFormation."""
    return once(resource, "type", lambda: resource.cfn_resource_type)


def options_of(resource: cdk.CfnResource) -> cdk.ICfnResourceOptions:
    """Return the options of a resource. The object is always the same, but its values may change."""
    return once(resource, "options", lambda: resource.cfn_options)


class Synthesis:
    """Answers that stay the same from a stack's first check of a synthesis to its last."""

    def __init__(self) -> None:
        self._begun: set[object] = set()
        self._answers: dict[tuple[object, str], Any] = {}

    @staticmethod
    def of(construct: IConstruct) -> Synthesis:
        """Return the answers for a construct's stack."""
        return once(stack_of(construct), "synthesis", Synthesis)

    def begin(self, check: object) -> None:
        """Begin a check. A check that begins for the second time belongs to another synthesis.

        Args:
            check: the check, which runs once in each synthesis.
        """
        if check in self._begun:
            self.forget()
        self._begun.add(check)

    def forget(self) -> None:
        """Forget all answers, because the stack has changed."""
        self._begun.clear()
        self._answers.clear()

    def once(self, subject: object, question: str, ask: Callable[[], _Answer]) -> _Answer:
        """Return the answer to a question, which stays the same during the synthesis.

        Args:
            subject: the object of the CDK.
            question: the name of the question, which is the same wherever it is asked.
            ask: finds the answer.
        """
        if (subject, question) not in self._answers:
            self._answers[subject, question] = ask()
        answer: _Answer = self._answers[subject, question]
        return answer
