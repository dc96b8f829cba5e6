"""A moment of the account, as the demo shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.demo.serving import Serving
    from localcloud.services.sagemaker import Job

LEG_TYPE = "Custom::SageMakerOptimizationJobCompletion"


@dataclass(frozen=True)
class Resource:
    """A resource of the stack.

    Attributes:
        label: Its construct's path within the stack.
        status: As CloudFormation words it; empty for one whose turn has not come.
        touched: Whether anything has happened to it in this step.
    """

    logical_id: str
    label: str
    type: str
    status: str = ""
    touched: bool = False


@dataclass(frozen=True)
class ShownEvent:
    """An event of the stack: something has a new status.

    Attributes:
        time: Clock seconds since 1970.
    """

    time: float
    label: str
    status: str
    reason: str


@dataclass(frozen=True)
class Snapshot:
    """A moment of the account.

    Attributes:
        time: Clock seconds since 1970.
        stack: The name of the stack that the CLI works on.
        status: Its status; empty as long as it does not exist.
        resources: Its resources.
        events: The events of all stacks since the moment before, oldest first.
        job: The newest job, if it was created in this step or still runs.
        serving: The endpoint; None as long as it does not exist.
    """

    time: float
    stack: str
    status: str
    resources: tuple[Resource, ...]
    events: tuple[ShownEvent, ...]
    job: Job | None
    serving: Serving | None = None
