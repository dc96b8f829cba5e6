"""Rules for the location of the output."""

from __future__ import annotations

from .buckets import end_of_objects
from .job_view import JobView
from .other_jobs import earlier_jobs
from .rule import Rule, Severity
from .sources import BUCKET, CHANGES


def _output_inside_source(job: JobView) -> str | None:
    # Strings with tokens can be compared, because equal tokens of one stack have equal values.
    if job.source_folder is None or not job.output_folder.startswith(job.source_folder):
        return None
    source, output = job.readable(job.source_folder), job.readable(job.output_folder)
    return (
        f"the output must be outside the model source {source}, or the next job reads the artifact of this "
        f"one as a part of the model, got {output}: give it a prefix of its own"
    )


def _same_output(job: JobView) -> str | None:
    for other in earlier_jobs(job):
        if _covers(job, other) or _covers(other, job):
            own, theirs = job.readable(job.output_folder), other.readable(other.output_folder)
            return (
                f"the output {own} must not be where {other.scope.node.path} writes, {theirs}, because one "
                "of them is exact and their artifacts would be mixed up: give each a prefix of its own, or "
                "leave exact out"
            )
    return None


def _covers(exact: JobView, other: JobView) -> bool:
    """Tell whether a job writes to a prefix itself, and the other job to that prefix or below it."""
    return exact.writes_to_prefix_itself and other.output_folder.startswith(exact.output_folder)


def _output_bucket_deleted(job: JobView) -> str | None:
    bucket = job.output_bucket
    end = None if bucket is None else end_of_objects(bucket, job.scope)
    if bucket is None or end is None:
        return None
    return (
        f"the bucket {bucket.node.path} of the output is deleted with its stack, and {end}: give it "
        "RemovalPolicy.RETAIN, or acknowledge this warning"
    )


RULES = (
    Rule(
        id="outputInsideSource",
        severity=Severity.WARNING,
        finds="an output inside its own source prefix",
        why="The next job, or this one when it runs again, reads the artifact as a part of the model.",
        sources=(CHANGES,),
        problem=_output_inside_source,
    ),
    Rule(
        id="sameOutput",
        severity=Severity.WARNING,
        late=True,
        finds="two jobs of a stack that write to one prefix, because the output of one is `exact`",
        why=(
            "One job overwrites the artifact of the other, and an endpoint that serves it changes. By "
            "default each job has a folder of its own."
        ),
        sources=(CHANGES,),
        problem=_same_output,
    ),
    Rule(
        id="outputBucketDeleted",
        severity=Severity.WARNING,
        late=True,
        finds="an output bucket of the same app that is deleted with its stack",
        why=(
            "With `auto_delete_objects` the artifact is lost, and without it the deletion of the stack fails."
        ),
        sources=(BUCKET,),
        problem=_output_bucket_deleted,
    ),
)
