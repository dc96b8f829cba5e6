"""Decides what is next for a request, from what SageMaker and CloudFormation say, and changes nothing."""

from .actions import Action, Create, Delete, Respond, Retag, Stop, Wait
from .completion import decide_completion
from .definition_change import change_of, overtaken_by
from .deletion import removed
from .job import decide_job, decide_left_over
from .started import jobs_that_may_have_been_started
from .verification import decide_verification

__all__ = [
    "Action",
    "Create",
    "Delete",
    "Respond",
    "Retag",
    "Stop",
    "Wait",
    "change_of",
    "decide_completion",
    "decide_job",
    "decide_left_over",
    "decide_verification",
    "jobs_that_may_have_been_started",
    "overtaken_by",
    "removed",
]
