"""The difference between two definitions, and the job that a request is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ..cloudformation.properties import JobProperties
from ..cloudformation.request import Request
from ..sagemaker.job import Job
from ..service_model import InvalidValueError
from .evidence import Evidence
from .names import Owner, is_name_of, job_name
from .physical_id import job_to_delete


@dataclass(frozen=True)
class Change:
    """The job that a Create or an Update asks for, compared with what there was before."""

    request: Request
    properties: JobProperties
    old_properties: JobProperties | None

    @classmethod
    def of(cls, request: Request) -> Change:
        """The change that a Create or an Update asks for.

        Raises:
            InvalidValueError: the new properties are not understood.
        """
        old = JobProperties.parse_if_valid(request.kind, request.old_properties)
        return cls(request, JobProperties.parse(request.kind, request.properties), old)

    @cached_property
    def name(self) -> str:
        """The job's name.

        A job of this very definition keeps its name, even if names begin otherwise today, or the resource has
        another logical id. The old properties do not tell that: after an update that failed and was not
        rolled back, they are those of a job that never became the resource.
        """
        physical_id = self.request.physical_resource_id
        if self.request.is_update and physical_id and is_name_of(self.properties, physical_id):
            return physical_id
        return job_name(self.request, self.properties)

    @property
    def is_in_place(self) -> bool:
        """True if the request is about the job that the resource is already."""
        return self.request.is_update and self.name == self.request.physical_resource_id

    @property
    def owner(self) -> Owner:
        """The owner that a job of this definition has in its tag."""
        return Owner.of(self.request, self.properties)

    def made(self, job: Job, evidence: Evidence) -> bool:
        """True if a job of this name was made from this definition.

        A generated name proves that by itself. A chosen one needs the tag.
        """
        if not self.properties.explicit_name:
            return True
        owner, ours = evidence.owner(job), self.owner
        if owner is None or owner.resource != ours.resource:
            if owner is not None and owner.fingerprint == ours.fingerprint and self.is_in_place:
                # The resource has got another logical id since.
                return True
            evidence.believe(f"the job {job.name} belongs to another resource")
        return owner == ours

    def belongs_here(self, job: Job, evidence: Evidence) -> bool:
        """True if a job with a chosen name was made for this resource, from whatever definition."""
        owner = evidence.owner(job)
        return owner is not None and owner.resource == self.owner.resource

    @property
    def added_tags(self) -> dict[str, str]:
        """The tags that the job does not have yet, or has with another value."""
        return self.properties.added_tags(self.old_properties, is_in_place=self.is_in_place)

    @property
    def removed_tags(self) -> tuple[str, ...]:
        """The keys of the tags that the job has and the new definition does not."""
        old = self.old_properties.tags if self.is_in_place and self.old_properties else {}
        return tuple(key for key in old if key not in self.properties.tags)


def change_of(request: Request) -> Change | None:
    """The change that a request asks for; None if its properties are not understood."""
    try:
        return Change.of(request)
    except InvalidValueError:
        return None


def overtaken_by(request: Request) -> Change | None:
    """The change that an update before this request asked for, if it never had a response.

    It may have started a job, and CloudFormation never learned of that: it goes on with the old id. A Delete
    then comes with the properties of that update.
    """
    physical_id = request.physical_resource_id
    before = request.properties if request.is_delete else request.old_properties
    earlier, present = JobProperties.parse_if_valid(request.kind, before), change_of(request)
    if earlier is None or is_name_of(earlier, physical_id):
        return None
    overtaken = Change(replace(request, physical_resource_id=None), earlier, None)
    name = job_to_delete(request) if request.is_delete else present and present.name
    return None if overtaken.name in (name, physical_id) else overtaken
