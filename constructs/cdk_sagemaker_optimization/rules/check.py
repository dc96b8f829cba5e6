"""Every rule, and the check of a job against them."""

from __future__ import annotations

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
    """Check a job against every rule, and warn about combinations that may not work.

    Rules that look at other constructs are checked when the app is synthesized.

    Raises:
        ValueError: a combination is known not to work. The message has every problem.
    """
    problems = [(rule, problem) for rule in RULES if not rule.late and (problem := _problem(rule, job))]
    errors = [problem for rule, problem in problems if rule.severity_for(job) is Severity.ERROR]
    if errors:
        raise ValueError("; ".join(errors))
    remember(job)
    for rule, problem in problems:
        warn(job.scope, rule.id, problem)


def check_late_rules(job: JobView) -> list[str]:
    """Check a job against the rules that need the whole app, when it is synthesized. These only warn."""
    for rule in RULES:
        problem = _problem(rule, job) if rule.late else None
        if problem:
            warn(job.scope, rule.id, problem)
    return []


def _problem(rule: Rule, job: JobView) -> str | None:
    try:
        return rule.problem(job)
    except NotKnown:
        return None
