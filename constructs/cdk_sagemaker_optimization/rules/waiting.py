"""Rules for the waiting of a deployment."""

from __future__ import annotations

from cdk_sagemaker_optimization.checks.durations import describe

from .job_view import JobView
from .rule import Rule, Severity
from .sources import CLOCKS


def _shorter_than_the_run(job: JobView) -> str | None:
    if not job.waits or job.waits >= job.max_runtime:
        return None
    return (
        f"the timeout of completion must not be shorter than max_runtime, {describe(job.max_runtime)}, or "
        f"a job that is in time fails the deployment and is stopped, got {describe(job.waits)}: raise it, "
        "or lower max_runtime"
    )


RULES = (
    Rule(
        id="completionShorterThanRun",
        severity=Severity.WARNING,
        finds="a `Completion.wait(timeout)` that is shorter than `max_runtime`",
        why="The deployment fails while the job is still in time, and its rollback stops the job.",
        sources=(CLOCKS,),
        problem=_shorter_than_the_run,
    ),
)
