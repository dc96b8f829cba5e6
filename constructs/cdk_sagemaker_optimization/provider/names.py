"""The parts of a job's name that are known at synthesis: ``<stack>--<job>``.

The function adds the fingerprint of the job's definition. The stack's part is also what the permission to use
these names is for: ``optimization-job/<stack>--*``. No part holds two hyphens in a row, so the pattern of the
stack ``app`` never matches a job of the stack ``app-prod``.

No part has capitals. IAM compares a resource's name by its exact letters, and for some resources SageMaker
hands it the name in lower case. Nobody has seen which it does for optimization jobs.
"""

from __future__ import annotations

import hashlib
import re

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.tokens import Masked

#: 22 + 2 + 22, a hyphen and 16 digits of the fingerprint make 63, the longest name that SageMaker takes.
LONGEST_PART = 22

# Sixteen million values, for those stacks of an account whose names look the same once they are altered.
_DIGEST = 6

_LOOKS_ALTERED = re.compile(rf"(.*-)?[0-9a-f]{{{_DIGEST}}}")


def name_part(text: str) -> str:
    """Small letters, digits and single hyphens, at most 22 characters.

    What had to be altered ends in a hash of the original, and so does what looks as if it had been: the
    stack ``Models`` never has the part of a stack ``models-1a2b3c``.
    """
    cleaned = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if cleaned and cleaned == text and len(text) <= LONGEST_PART and not _LOOKS_ALTERED.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    head = cleaned[: LONGEST_PART - _DIGEST - 1].rstrip("-")
    return f"{head}-{digest}" if head else digest


def stack_part(stack: cdk.Stack) -> str:
    """The stack's part of the names of all of its jobs.

    A nested stack gets its name at deployment, so its part is made from the outermost stack's name and the
    path below it.
    """
    outermost = stack
    while outermost.nested_stack_parent is not None:
        outermost = outermost.nested_stack_parent
    if outermost is stack:
        return name_part(stack.stack_name)
    return name_part(f"{outermost.stack_name}/{_path_below(outermost, stack)}")


def job_part(job: IConstruct) -> str:
    """A job's own part of its name, from its path within its stack.

    Capitals alone cost it no hash: two jobs of one stack have digits of their own in any case.
    """
    return name_part(_path_below(cdk.Stack.of(job), job).lower())


def name_prefix(job: IConstruct) -> str:
    """What the name of a job begins with, without the fingerprint and the hyphen before it."""
    return f"{stack_part(cdk.Stack.of(job))}--{job_part(job)}"


def spellings(name: str) -> list[str]:
    """A job's name or ARN as it was given, and with its name in lower case. Tokens stay as they are."""
    masked = Masked(name)
    path, slash, last = masked.text.rpartition("/")
    return list(dict.fromkeys((name, masked.restore(f"{path}{slash}{last.lower()}"))))


def _path_below(ancestor: IConstruct, construct: IConstruct) -> str:
    path = ancestor.node.path
    return construct.node.path.removeprefix(f"{path}/" if path else "")
