"""What never changes about an object of the CDK, asked once.

The CDK runs in a process of its own. Each question is a message there and one back, which takes longer than
most of what is done with the answer, and all jobs of a stack ask the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import aws_cdk as cdk
from constructs import IConstruct, Node

_Answer = TypeVar("_Answer")

# The answers stand on the object itself. So they go when it goes.
_ANSWERS = "_cdk_sagemaker_optimization_answers"


def once(subject: object, question: str, ask: Callable[[], _Answer]) -> _Answer:
    """The answer to a question that has one answer for as long as the object exists.

    Args:
        subject: The object of the CDK, such as a bucket.
        question: A name for the question, which is the same wherever it is asked.
        ask: Asks it.
    """
    answers: dict[str, _Answer] = vars(subject).setdefault(_ANSWERS, {})
    if question not in answers:
        answers[question] = ask()
    return answers[question]


def stack_of(construct: IConstruct) -> cdk.Stack:
    """The stack that a construct is in; of a stack, the stack itself."""
    if isinstance(construct, cdk.Stack):
        return construct
    return once(construct, "stack", lambda: cdk.Stack.of(construct))


def node_of(construct: IConstruct) -> Node:
    """The node of a construct in the tree."""
    return once(construct, "node", lambda: construct.node)


def path_of(construct: IConstruct) -> str:
    """The path of a construct in the tree, for people."""
    return once(construct, "path", lambda: node_of(construct).path)


def address_of(construct: IConstruct) -> str:
    """The address of a construct, which no other construct of the app has."""
    return once(construct, "address", lambda: node_of(construct).addr)


def root_of(construct: IConstruct) -> IConstruct:
    """The root of the tree that a construct is in, usually the app."""
    return once(construct, "root", lambda: node_of(construct).root)


def scopes_of(construct: IConstruct) -> list[IConstruct]:
    """The constructs around a construct, from the root to itself."""
    return once(construct, "scopes", lambda: node_of(construct).scopes)


def account_of(construct: IConstruct) -> str:
    """The account that a construct's stack goes to, which may be a token."""
    stack = stack_of(construct)
    return once(stack, "account", lambda: stack.account)


def region_of(construct: IConstruct) -> str:
    """The Region that a construct's stack goes to, which may be a token."""
    stack = stack_of(construct)
    return once(stack, "region", lambda: stack.region)


def owner_of(resource: cdk.IResource) -> str:
    """The account that a resource is in, which may be a token, and another one than its stack's."""
    return once(resource, "owner", lambda: resource.env.account)


@cache
def partition() -> str:
    """The partition of whatever stack it is used in, a token."""
    return cdk.Aws.PARTITION


def stacks_around(construct: IConstruct) -> list[cdk.Stack]:
    """The stack of a construct and those that it is nested in, the outermost first."""
    stacks = [stack_of(construct)]
    while (parent := _parent_of(stacks[0])) is not None:
        stacks.insert(0, parent)
    return stacks


def _parent_of(stack: cdk.Stack) -> cdk.Stack | None:
    return once(stack, "parent", lambda: stack.nested_stack_parent)


def resource_of(construct: IConstruct) -> IConstruct | None:
    """The resource behind a construct of the CDK's; none for one that was imported."""
    return once(construct, "resource", lambda: node_of(construct).default_child)


def options_of(resource: cdk.CfnResource) -> cdk.ICfnResourceOptions:
    """The options of a resource. The object is always the same; what it says is not."""
    return once(resource, "options", lambda: resource.cfn_options)


class Synthesis:
    """Answers that stay the same from a stack's first check of a synthesis to its last."""

    def __init__(self) -> None:
        self._begun: set[object] = set()
        self._answers: dict[tuple[object, str], Any] = {}

    @staticmethod
    def of(construct: IConstruct) -> Synthesis:
        """The answers for a construct's stack."""
        return once(stack_of(construct), "synthesis", Synthesis)

    def begin(self, check: object) -> None:
        """Let a check ask. What comes for the second time belongs to another synthesis.

        Args:
            check: What asks, once in each synthesis.
        """
        if check in self._begun:
            self.forget()
        self._begun.add(check)

    def forget(self) -> None:
        """Forget all answers, because something is new in the stack."""
        self._begun.clear()
        self._answers.clear()

    def once(self, subject: object, question: str, ask: Callable[[], _Answer]) -> _Answer:
        """The answer to a question that has one answer for as long as the synthesis goes on.

        Args:
            subject: The object of the CDK.
            question: A name for the question, which is the same wherever it is asked.
            ask: Asks it.
        """
        if (subject, question) not in self._answers:
            self._answers[subject, question] = ask()
        answer: _Answer = self._answers[subject, question]
        return answer
