"""The checks of a job in a pipeline that run at synthesis, after all aspects."""

from __future__ import annotations

import jsii
from constructs import Construct, IValidation

from cdk_sagemaker_optimization.facts import Synthesis, node_of
from cdk_sagemaker_optimization.job.definition import JobDefinition
from cdk_sagemaker_optimization.job.tags import JobTags, tag_problems
from cdk_sagemaker_optimization.rules import check_late_rules

from .execution_values import execution_value_problems

#: The tags that the function adds: the stack, and the logical id of the job in its events.
_OWN_TAGS = 2


@jsii.implements(IValidation)
class PipelineChecks:
    """All late checks of a job that no resource stands for.

    Args:
        job: the construct of the job.
        definition: the job's definition.
        tags: the job's tags.
    """

    def __init__(self, job: Construct, definition: JobDefinition, tags: JobTags) -> None:
        self._job = job
        self._definition = definition
        self._tags = tags
        Synthesis.of(job).forget()
        node_of(job).add_validation(self)

    def validate(self) -> list[str]:
        """Run the checks, when all tags and dependencies are known."""
        Synthesis.of(self._job).begin(self)
        tags = self._tags.all_values()
        return [
            *check_late_rules(self._definition.view),
            *tag_problems(self._job, tags, own=_OWN_TAGS),
            *execution_value_problems(self._job, {"tags": tags}),
            *self._definition.cost.tell(),
        ]
