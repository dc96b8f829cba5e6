"""Decides what to do next about a request, from what SageMaker and CloudFormation say now. Calls nothing that
changes anything.
"""

from .actions import Action, Create, Delete, Remember, Respond, Retag, Stop, Wait
from .change import wanted_job
from .completion import completion_physical_resource_id, decide_completion
from .deletion import removed
from .job import decide_job, decide_left_over, job_that_may_have_been_started

__all__ = [
    "Action",
    "Create",
    "Delete",
    "Remember",
    "Respond",
    "Retag",
    "Stop",
    "Wait",
    "completion_physical_resource_id",
    "decide_completion",
    "decide_job",
    "decide_left_over",
    "job_that_may_have_been_started",
    "removed",
    "wanted_job",
]
