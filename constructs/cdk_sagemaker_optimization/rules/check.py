"""The check of a construct against the rules about its kind."""

from __future__ import annotations

from collections.abc import Sequence

from cdk_sagemaker_optimization.checks.warnings import warn

from .known import NotKnown
from .rule import Rule, Severity, V


def check_against(rules: Sequence[Rule[V]], view: V) -> None:
    """Check a construct against rules, and warn about combinations that may not work.

    Rules that look at other constructs are left to :func:`check_late_against`.

    Args:
        rules: the rules about constructs of this kind.
        view: the parts of the construct that rules read.

    Raises:
        ValueError: a combination is known not to work. The message has every problem.
    """
    problems = [(rule, problem) for rule in rules if not rule.late and (problem := _problem(rule, view))]
    errors = [problem for rule, problem in problems if rule.severity_for(view) is Severity.ERROR]
    if errors:
        raise ValueError("; ".join(errors))
    for rule, problem in problems:
        warn(view.scope, rule.id, problem)


def check_late_against(rules: Sequence[Rule[V]], view: V) -> list[str]:
    """Check a construct against the rules that need the whole app, when it is synthesized. These only warn.

    Args:
        rules: the rules about constructs of this kind.
        view: the parts of the construct that rules read.

    Returns:
        No problems, because these rules have no errors.
    """
    for rule in rules:
        problem = _problem(rule, view) if rule.late else None
        if problem:
            warn(view.scope, rule.id, problem)
    return []


def _problem(rule: Rule[V], view: V) -> str | None:
    try:
        return rule.problem(view)
    except NotKnown:
        return None
