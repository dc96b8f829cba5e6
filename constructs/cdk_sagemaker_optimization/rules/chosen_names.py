"""Names that a user gave to jobs."""

from __future__ import annotations

from itertools import product
from typing import Any

from cdk_sagemaker_optimization.checks.intrinsics import spelt_out
from cdk_sagemaker_optimization.checks.tokens import Masked, readable, tokens_in
from cdk_sagemaker_optimization.facts import stack_of

from .job_view import JobView
from .known import NotKnown
from .other_jobs import earlier_jobs_nearby
from .rule import Rule, Severity
from .sources import API, CHANGES


def _same_name(job: JobView) -> str | None:
    name = job.chosen_name
    if name is None:
        return None
    for other in earlier_jobs_nearby(job):
        if _is_called(name, other):
            return (
                f"optimization_job_name must not be that of {other.scope.node.path}, because an account has "
                f"one job of a name in a Region, got {name!r}: give each job a name of its own, which "
                "differs not only in capitals, or leave optimization_job_name out"
            )
    return None


def _looks_generated(job: JobView) -> str | None:
    name = job.given_name
    if "--" in Masked(name).text:
        shown = readable(name)
    elif not tokens_in(name):
        return None
    else:
        # The parts of a function show only when it is resolved.
        resolved = stack_of(job.scope).resolve(name)
        found = [value for value in _possible_values(spelt_out(resolved)) if "--" in value]
        if not found:
            return None
        shown = found[0]
    return (
        "optimization_job_name must not hold two hyphens in a row, because the library makes such names, and "
        f"this one may be another stack's, got {shown!r}: use single hyphens, or leave "
        "optimization_job_name out"
    )


def _possible_values(resolved: Any) -> list[str]:
    """Return the values that a name may have, with ``…`` for each part that is known only at deployment."""
    match resolved:
        case str():
            return [resolved]
        case {"Fn::Join": [str(delimiter), list(items)]}:
            return [delimiter.join(parts) for parts in product(*map(_possible_values, items))]
        case {"Fn::If": [_, yes, no]}:
            return [*_possible_values(yes), *_possible_values(no)]
    return ["…"]


def _is_called(name: str, other: JobView) -> bool:
    try:
        return (other.chosen_name or "").lower() == name.lower()
    except NotKnown:
        return False


RULES = (
    Rule(
        id="sameName",
        severity=Severity.ERROR,
        finds=(
            "two jobs of a stack, or of an app in one account and Region, with the same "
            "`optimization_job_name`, whether in capitals or not"
        ),
        why=(
            "SageMaker identifies a job by its name, so the deployment of the second one fails. AWS does not "
            "document whether capitals make another name, and IAM may see both in lower case."
        ),
        sources=(API, CHANGES),
        problem=_same_name,
    ),
    Rule(
        id="generatedName",
        severity=Severity.ERROR,
        finds="an `optimization_job_name` with two hyphens in a row",
        why=(
            "A generated name, `<stack>--<job>-<fingerprint>`, shows the stack of a job. A job with another "
            "stack's name would count as a job of the other stack."
        ),
        sources=(CHANGES,),
        problem=_looks_generated,
    ),
)
