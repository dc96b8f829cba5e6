"""What never changes about an object of the CDK, asked once.

The CDK runs in a process of its own. Each question is a message there and one back, which takes longer than
most of what is done with the answer, and all jobs of a stack ask the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

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


def account_of(construct: IConstruct) -> str:
    """The account that a construct's stack goes to, which may be a token."""
    stack = stack_of(construct)
    return once(stack, "account", lambda: stack.account)


def region_of(construct: IConstruct) -> str:
    """The Region that a construct's stack goes to, which may be a token."""
    stack = stack_of(construct)
    return once(stack, "region", lambda: stack.region)


def environment_of(resource: cdk.IResource) -> cdk.ResourceEnvironment:
    """The account and the Region of a resource, which may be tokens."""
    return once(resource, "environment", lambda: resource.env)


@cache
def partition() -> str:
    """The partition of whatever stack it is used in, a token."""
    return cdk.Aws.PARTITION


def parent_of(stack: cdk.Stack) -> cdk.Stack | None:
    """The stack that a stack is nested in; none if it is not."""
    return once(stack, "parent", lambda: stack.nested_stack_parent)
