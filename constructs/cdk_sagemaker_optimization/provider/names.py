"""The parts of a job's name that are known at synthesis: ``<stack>--<job>``.

The function adds the fingerprint of the job's definition. The permission to use these names has the stack's
part: ``optimization-job/<stack>--*``. No part has two hyphens in a row, so the pattern of the stack ``app``
never matches a job of the stack ``app-prod``.

No part has capitals. IAM compares the exact letters of a resource's name, and for some resources SageMaker
passes it the name in lower case. AWS does not document whether it does so for optimization jobs.
"""

from __future__ import annotations

import hashlib
import re

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.tokens import Masked
from cdk_sagemaker_optimization.facts import once, path_of, stack_of, stacks_around

#: Two parts, two hyphens between them, a hyphen and 16 digits of the fingerprint make 63 characters, the
#: longest name that SageMaker accepts.
LONGEST_PART = 22

# Sixteen million values, for the stacks of an account whose names look the same after the change.
_DIGEST = 6

_LOOKS_ALTERED = re.compile(rf"(.*-)?[0-9a-f]{{{_DIGEST}}}")


def name_part(text: str) -> str:
    """Return a text as small letters, digits and single hyphens, at most 22 characters.

    A part that differs from the text ends in a hash of the text, and so does one that looks as if it did: the
    stack ``Models`` never has the part of a stack ``models-1a2b3c``.
    """
    cleaned = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if cleaned and cleaned == text and len(text) <= LONGEST_PART and not _LOOKS_ALTERED.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    head = cleaned[: LONGEST_PART - _DIGEST - 1].rstrip("-")
    return f"{head}-{digest}" if head else digest


def stack_part(stack: cdk.Stack) -> str:
    """Return the stack's part of the names of all of its jobs.

    A nested stack gets its name at deployment, so its part comes from the outermost stack's name and the path
    below it.
    """
    outermost = stacks_around(stack)[0]
    name = once(outermost, "name", lambda: outermost.stack_name)
    return name_part(name if outermost is stack else f"{name}/{_path_below(outermost, stack)}")


def job_part(job: IConstruct) -> str:
    """Return a job's own part of its name, from its path within its stack.

    Capitals alone add no hash, because two jobs of a stack have different fingerprints.
    """
    return name_part(_path_below(stack_of(job), job).lower())


def name_prefix(job: IConstruct) -> str:
    """Return the beginning of a job's name, without the fingerprint and the hyphen before it."""
    return f"{stack_part(stack_of(job))}--{job_part(job)}"


def unique_prefix(construct: IConstruct) -> str:
    """Return the beginning of a name that no other construct of the stack has, as long as ``name_prefix``.

    A job with a fingerprint needs no such name. Here a path with capitals adds a hash, because the same path
    without them may be another construct.
    """
    stack = stack_of(construct)
    return f"{stack_part(stack)}--{name_part(_path_below(stack, construct))}"


def spellings(name: str) -> list[str]:
    """Return a job's name or ARN as it was given, and with the name in lower case.

    Tokens stay as they are.
    """
    masked = Masked(name)
    path, slash, last = masked.text.rpartition("/")
    return list(dict.fromkeys((name, masked.restore(f"{path}{slash}{last.lower()}"))))


def _path_below(ancestor: IConstruct, construct: IConstruct) -> str:
    path = path_of(ancestor)
    return path_of(construct).removeprefix(f"{path}/" if path else "")
