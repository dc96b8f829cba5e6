"""The differences between the kinds of things that SageMaker makes under a name, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobKind:
    """A kind of job that SageMaker creates, describes, stops and deletes by its name.

    The names of the operations, of the shapes and of the members that every kind has follow from the name of
    the kind in the API, as in ``CreateOptimizationJob`` and ``OptimizationJobStatus``.

    A kind without statuses, such as a model, is a job that has completed as soon as it exists: it never runs,
    so there is nothing to stop, to wait for or to track. Nothing was paid for it, so it is deleted whenever
    it is no resource. A kind that never runs may have statuses nevertheless, such as a version in the model
    registry, which can fail.
    """

    #: The kind in a sentence, as in "optimization job".
    noun: str

    #: The kind in the names of the API, as in ``OptimizationJob``.
    api_name: str

    #: The kind in an ARN, in a command of the AWS CLI and in the console, as in ``optimization-job``.
    arn_name: str

    #: The type of the custom resource that is such a job; empty if there is none.
    resource_type: str = ""

    #: The type of the custom resource that waits for such a job; empty if there is none.
    completion_type: str = ""

    #: The members of the request that say how a job runs. Another value makes no other artifact.
    run_settings: tuple[str, ...] = ()

    #: The members of the request that another call than Create changes, as it changes tags.
    changeable: tuple[str, ...] = ()

    #: The member of the request that names the group, if what is made is a version of a group and has only a
    #: number. Its name is then kept with it.
    group_member: str = ""

    #: The statuses in which a job costs money or is about to, in their order. Without any, a job never runs.
    running: tuple[str, ...] = ()

    #: The status of a job that is being stopped.
    stopping: str = ""

    #: The status of a job that made its artifact.
    completed: str = "CREATED"

    #: The statuses of a job that ended without an artifact.
    failed: tuple[str, ...] = ()

    #: The members of the description that say when a job began and ended.
    start_time: str = ""
    end_time: str = ""

    #: The member of the request and of the description that says where a job writes: its path.
    output_path: tuple[str, str] | None = None

    #: What a job made, beside the artifact: attribute names, and their values from a description.
    outputs: Callable[[Mapping[str, Any]], dict[str, str]] = lambda _: {}

    @property
    def runs(self) -> bool:
        """True if a job runs, and costs money while it does."""
        return bool(self.running)

    @property
    def has_statuses(self) -> bool:
        """True if the description says in which status it is."""
        return bool(self.running or self.failed)

    @property
    def names_are_unique(self) -> bool:
        """True if SageMaker refuses to create a second one of the same name."""
        return not self.group_member

    @property
    def name_prop(self) -> str:
        """The prop of the construct that sets a name, as in ``optimization_job_name``."""
        return f"{self.noun.replace(' ', '_')}_name"

    @property
    def name_member(self) -> str:
        """The member of requests, responses and events that is the job's name."""
        return f"{self.api_name}Name"

    @property
    def arn_member(self) -> str:
        """The member of responses and events that is the job's ARN."""
        return f"{self.api_name}Arn"

    @property
    def status_member(self) -> str:
        """The member of responses and events that is the job's status."""
        return f"{self.api_name}Status"

    @property
    def ended(self) -> tuple[str, ...]:
        """The statuses that no other follows."""
        return (self.completed, *self.failed)

    def operation(self, verb: str) -> str:
        """The operation of this verb, as in ``StopOptimizationJob``."""
        return f"{verb}{self.api_name}"
