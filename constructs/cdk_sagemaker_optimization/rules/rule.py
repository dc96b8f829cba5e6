"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .job_view import JobView
from .sources import Source


class Severity(StrEnum):
    """What happens to a job that breaks a rule."""

    #: The container or the API is known to refuse it: synthesis fails.
    ERROR = "error"
    #: It is likely to fail, or to do harm: synthesis warns, and the warning can be acknowledged.
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A combination that does not work, or is not known to."""

    #: The last part of the warning's id, ``cdk-sagemaker-optimization:<id>``.
    id: str
    severity: Severity
    #: What it finds, as a clause.
    finds: str
    #: Why it is wrong.
    why: str
    sources: tuple[Source, ...]
    #: What is wrong with a job and what to change; none if nothing is.
    problem: Callable[[JobView], str | None]
    #: Whether an error is one only for the instance families that SageMaker's SDK knows, and otherwise a
    #: warning.
    by_family: bool = False
    #: Whether it looks at what may still change or come, so that it must wait until the app is synthesized.
    #: These warn.
    late: bool = False

    def severity_for(self, job: JobView) -> Severity:
        """What breaking the rule means for a job."""
        return Severity.WARNING if self.by_family and job.is_of_newer_family else self.severity
