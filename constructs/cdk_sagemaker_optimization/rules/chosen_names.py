"""Names that a user gave to jobs."""

from __future__ import annotations

from .job_view import JobView, NotKnown
from .other_jobs import earlier_jobs_nearby
from .rule import Rule, Severity
from .sources import API, README_CHANGES


def _same_name(job: JobView) -> str | None:
    name = job.chosen_name
    if name is None:
        return None
    for other in earlier_jobs_nearby(job):
        if _is_called(name, other):
            return (
                f"optimization_job_name must not be that of {other.scope.node.path}, because an account has "
                f"one job of a name in a Region, got {name!r}: give each job a name of its own, or leave "
                "optimization_job_name out"
            )
    return None


def _is_called(name: str, other: JobView) -> bool:
    try:
        return other.chosen_name == name
    except NotKnown:
        return False


RULES = (
    Rule(
        id="sameName",
        severity=Severity.ERROR,
        finds=(
            "two jobs of a stack, or of an app in one account and Region, with the same "
            "`optimization_job_name`"
        ),
        why="SageMaker knows a job by its name, so the deployment of the second one fails.",
        sources=(API, README_CHANGES),
        problem=_same_name,
    ),
)
