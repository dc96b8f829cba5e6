"""Every rule about jobs, and the check of a job against them."""

from __future__ import annotations

from . import chosen_names, families, images, models, places, quantization, techniques, waiting
from .check import check_against, check_late_against
from .job_view import JobView
from .other_jobs import remember
from .rule import Rule

RULES: tuple[Rule[JobView], ...] = (
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
    check_against(RULES, job)
    remember(job)


def check_late_rules(job: JobView) -> list[str]:
    """Check a job against the rules that need the whole app, when it is synthesized. These only warn."""
    return check_late_against(RULES, job)
