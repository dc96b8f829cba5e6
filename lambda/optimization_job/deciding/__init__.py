"""Decides what to do next about a request, from what SageMaker and CloudFormation say now. Calls nothing that
changes anything.
"""

from .actions import Action, Create, Delete, Remember, Respond, Retag, Stop, Wait
from .completion import completion_physical_resource_id, decide_completion
from .identity import failed_physical_resource_id
from .job import decide_job, job_that_may_have_been_started
from .world import World

__all__ = [
    "Action",
    "Create",
    "Delete",
    "Remember",
    "Respond",
    "Retag",
    "Stop",
    "Wait",
    "World",
    "completion_physical_resource_id",
    "decide_completion",
    "decide_job",
    "failed_physical_resource_id",
    "job_that_may_have_been_started",
]
