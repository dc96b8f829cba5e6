"""The definition of a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from constructs import Construct

from .sources import Source


class Severity(StrEnum):
    """The consequence for a construct that breaks a rule."""

    #: The container or the API is known to refuse it: synthesis fails.
    ERROR = "error"
    #: It is likely to fail, or to do harm: synthesis warns, and the warning can be acknowledged.
    WARNING = "warning"


class View(Protocol):
    """The parts of a construct that are known at synthesis, for the rules about its kind."""

    @property
    def scope(self) -> Construct:
        """The construct."""
        ...

    @property
    def is_of_newer_family(self) -> bool:
        """True if SageMaker's SDK does not know the family of its instance type."""
        ...


V = TypeVar("V", bound=View)


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[V]):
    """A combination that does not work, or may not work."""

    #: The last part of the warning's id, ``cdk-sagemaker-optimization:<id>``.
    id: str
    severity: Severity
    #: The combination, as a part of a sentence.
    finds: str
    #: The reason why it does not work.
    why: str
    sources: tuple[Source, ...]
    #: Returns the problem of a construct and its remedy. None if there is no problem.
    problem: Callable[[V], str | None]
    #: True if an error is only a warning for instance families that SageMaker's SDK does not know.
    by_family: bool = False
    #: True if the rule reads other constructs, so that it is checked when the app is synthesized. Such a
    #: rule only warns.
    late: bool = False

    def severity_for(self, view: V) -> Severity:
        """Return the consequence of breaking the rule for a construct."""
        return Severity.WARNING if self.by_family and view.is_of_newer_family else self.severity
