"""What can be asked of the world. Each answer is as of now; a question that cannot be answered raises a
TroubleError.
"""

from __future__ import annotations

from typing import Protocol

from ..job import Job
from ..names import Owner


class World(Protocol):
    def job(self, name: str) -> Job | None:
        """The job of this name, if there is one."""

    def owner(self, job: Job) -> Owner | None:
        """What a job with a chosen name says of itself."""

    def stack_goes_forward(self) -> bool:
        """Whether the stack creates or updates, and does not roll back, delete or rest."""

    def stack_may_ask_again(self) -> bool:
        """Whether the stack may soon ask for what it deletes now: it takes an update back that may be tried
        again, or makes anew what had failed.
        """

    def stack_started(self, job: Job) -> bool:
        """Whether the job was created since the stack's present update began."""

    def physical_resource_id(self) -> str | None:
        """The id that the resource has now, whatever the request says."""
