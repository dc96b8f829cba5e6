"""The rules about a construct that are checked when the app is synthesized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

import jsii
from constructs import IValidation

from cdk_sagemaker_optimization.facts import Synthesis, node_of

from .check import check_late_against
from .rule import Rule, V


@jsii.implements(IValidation)
class LateRules(Generic[V]):
    """Checks a construct against its late rules at each synthesis.

    Args:
        rules: the rules about constructs of this kind.
        view: the parts of the construct that rules read.
    """

    def __init__(self, rules: Sequence[Rule[V]], view: V) -> None:
        self._rules = rules
        self._view = view
        node_of(view.scope).add_validation(self)

    def validate(self) -> list[str]:
        """Warn, when the whole app is known. There is never an error."""
        Synthesis.of(self._view.scope).begin(self)
        return check_late_against(self._rules, self._view)
