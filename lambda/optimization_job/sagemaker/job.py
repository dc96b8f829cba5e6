"""A job as SageMaker describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..contract import OUTPUT_LOCATION, RECOMMENDED_INFERENCE_IMAGE
from .kind import JobKind


@dataclass(frozen=True)
class Job:
    """One run of a job. Times are SageMaker's, and have a time zone."""

    kind: JobKind
    name: str
    arn: str
    status: str
    #: Empty if the kind writes nothing.
    output_location: str
    creation_time: datetime
    last_modified_time: datetime
    start_time: datetime | None = None
    end_time: datetime | None = None
    failure_reason: str = ""
    max_runtime: int | None = None
    max_pending_time: int | None = None
    #: What it made beside the artifact, by the names of the attributes.
    outputs: dict[str, str] = field(default_factory=dict)
    #: The ARNs of others of the same name that were made after it, where names are not unique.
    later_ones: tuple[str, ...] = ()
    #: The members of the response, among them how the job runs.
    described: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def parse(cls, kind: JobKind, response: dict[str, Any]) -> Job:
        """From a response of the kind's Describe operation."""
        stopping = response.get("StoppingCondition") or {}
        structure, member = kind.output_path or ("", "")
        name = response[kind.name_member]
        return cls(
            kind=kind,
            name=name,
            arn=response[kind.arn_member],
            status=response[kind.status_member] if kind.has_statuses else kind.completed,
            output_location=_folder(response[structure][member], name) if kind.output_path else "",
            creation_time=response["CreationTime"],
            last_modified_time=response["LastModifiedTime"] if kind.runs else response["CreationTime"],
            start_time=response.get(kind.start_time),
            end_time=response.get(kind.end_time),
            failure_reason=response.get("FailureReason") or "",
            max_runtime=stopping.get("MaxRuntimeInSeconds"),
            max_pending_time=stopping.get("MaxPendingTimeInSeconds"),
            outputs=kind.outputs(response),
            described=response,
        )

    @property
    def run(self) -> str:
        """The id of this run among those of the same name."""
        return self.creation_time.isoformat()

    @property
    def is_running(self) -> bool:
        """True if the job costs money, or is about to."""
        return self.status in self.kind.running

    @property
    def is_changing(self) -> bool:
        """True if it is on the way to another status and costs nothing any more.

        A status that is not known counts as that: there is nothing to do but to look again.
        """
        return self.status not in (*self.kind.running, *self.kind.ended)

    @property
    def has_ended(self) -> bool:
        """True if no other status follows."""
        return self.status in self.kind.ended

    @property
    def is_completed(self) -> bool:
        """True if the job made its artifact."""
        return self.status == self.kind.completed

    @property
    def has_its_own_folder(self) -> bool:
        """True if no other job writes to where its artifact is."""
        return self.output_location.endswith(f"/{self.name}/")

    @property
    def has_failed(self) -> bool:
        """True if it ended without an artifact. STOPPED is no success, for whatever reason."""
        return self.status in self.kind.failed

    @property
    def recommends_no_image(self) -> bool:
        """True if it made its artifact, and does not say which image serves it."""
        return self.is_completed and not self.outputs.get(RECOMMENDED_INFERENCE_IMAGE)

    def runs_rather_with(self, these: dict[str, Any], those: dict[str, Any]) -> bool:
        """True if the job runs with the first settings and not with the others, where the two differ."""
        first, second, described = dict(_leaves(these)), dict(_leaves(those)), dict(_leaves(self.described))
        return any(
            described.get(path) == first[path] if path in first else described.get(path) != second[path]
            for path in {**first, **second}
            if first.get(path) != second.get(path)
        )


def attributes_of(job: Job) -> dict[str, str]:
    """The attributes of a job that has been waited for.

    All of them are always there, because GetAtt of a missing one would fail the stack.
    """
    return {
        job.kind.name_member: job.name,
        job.kind.arn_member: job.arn,
        job.kind.status_member: job.status,
        **outputs_of(job.kind, job),
    }


def outputs_of(kind: JobKind, job: Job | None) -> dict[str, str]:
    """The attributes of a job that only its record tells; empty strings without a job."""
    described = {
        OUTPUT_LOCATION: job and job.output_location,
        **(job.outputs if job else kind.outputs({})),
        kind.start_time: job and job.start_time and job.start_time.isoformat(),
        kind.end_time: job and job.end_time and job.end_time.isoformat(),
    }
    return {name: value or "" for name, value in described.items()}


def _folder(location: str, name: str) -> str:
    """An output location as it was given: with a slash at the end of the job's own folder.

    AWS does not document that it describes the slash, and a model is served only with it. Generated names
    alone have two hyphens in a row, so nobody chose a location that ends in one.
    """
    return f"{location}/" if "--" in name and location.endswith(f"/{name}") else location


def _leaves(value: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    leaves = []
    for key, item in value.items():
        leaves += _leaves(item, f"{path}.{key}") if isinstance(item, dict) else [(f"{path}.{key}", item)]
    return leaves
