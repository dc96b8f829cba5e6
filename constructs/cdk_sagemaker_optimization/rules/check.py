"""Every rule, and the check of a job against them."""

from __future__ import annotations

import jsii
from constructs import IValidation

from cdk_sagemaker_optimization.checks.warnings import warn

from . import chosen_names, families, images, models, places, quantization, techniques, waiting
from .job_view import JobView, NotKnown
from .other_jobs import remember
from .rule import Rule, Severity

RULES: tuple[Rule, ...] = (
    *techniques.RULES,
    *families.RULES,
    *quantization.RULES,
    *images.RULES,
    *models.RULES,
    *places.RULES,
    *chosen_names.RULES,
    *waiting.RULES,
)


def check_rules(job: JobView) -> None:
    """Warn about what may not work; what looks at other constructs, when the app is synthesized.

    Raises:
        ValueError: what is known not to work, every problem of it.
    """
    problems = [(rule, problem) for rule in RULES if not rule.late and (problem := _problem(rule, job))]
    errors = [problem for rule, problem in problems if rule.severity_for(job) is Severity.ERROR]
    if errors:
        raise ValueError("; ".join(errors))
    remember(job)
    for rule, problem in problems:
        warn(job.scope, rule.id, problem)
    job.scope.node.add_validation(_LateRules(job))


@jsii.implements(IValidation)
class _LateRules:
    """The rules that need the whole app. They warn, which a validation may do, and never fail it."""

    def __init__(self, job: JobView) -> None:
        self._job = job

    def validate(self) -> list[str]:
        """Warn, and find no error."""
        for rule in RULES:
            problem = _problem(rule, self._job) if rule.late else None
            if problem:
                warn(self._job.scope, rule.id, problem)
        return []


def _problem(rule: Rule, job: JobView) -> str | None:
    try:
        return rule.problem(job)
    except NotKnown:
        return None
