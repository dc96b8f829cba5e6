"""The choice of who serves a request: in exact proportion to the weights, and the same in every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class Traffic:
    """Requests of one endpoint."""

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._served: Counter[str] = Counter()

    @property
    def number(self) -> int:
        """The number of requests with the present weights."""
        return self._served.total()

    def choose(self, weights: Mapping[str, float]) -> str:
        """The name that serves the next request: the one that is furthest behind its weight.

        Counting begins again when the weights change.
        """
        if self._weights != dict(weights):
            self._weights, self._served = dict(weights), Counter()
        total, number = sum(weights.values()), self.number + 1
        name = max(weights, key=lambda each: weights[each] * number / (total or 1) - self._served[each])
        self._served[name] += 1
        return name
