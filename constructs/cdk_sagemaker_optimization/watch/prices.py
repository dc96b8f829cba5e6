"""The price of an instance hour, which the user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .look import Job

_HOUR = 3600

#: A cost in a higher one may be no number that JSON has.
_HIGHEST = 1e12


@dataclass(frozen=True)
class Cost:
    """The cost of a job, in the unit of the price.

    Attributes:
        so_far: All instances that the job may use, for as long as it has run.
        at_most: The same for `max_runtime`. None without that.
    """

    price: float
    so_far: float
    at_most: float | None


@dataclass(frozen=True)
class Prices:
    """Prices of an instance hour.

    Attributes:
        default: For every type that has no price of its own. None for no price.
        by_type: By the type of the instance.
    """

    default: float | None = None
    by_type: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def parse(values: Iterable[str]) -> Prices:
        """Return the prices in values such as `7.09` and `ml.g5.12xlarge=7.09`.

        Raises:
            ValueError: a value is no price.
        """
        default, by_type = None, {}
        for value in values:
            instance_type, separator, number = value.rpartition("=")
            price = _price(value, number if instance_type or not separator else "")
            if separator:
                by_type[instance_type] = price
            else:
                default = price
        return Prices(default, by_type)

    def cost(self, job: Job, now: datetime) -> Cost | None:
        """Return the cost of a job. None if it has no price, or never was created."""
        price = self.by_type.get(job.instance_type, self.default)
        if price is None or job.created is None:
            return None
        hourly = price * job.instances / _HOUR
        at_most = None if job.max_runtime is None else hourly * job.max_runtime
        return Cost(price, hourly * (job.run_time(now) or 0), at_most)


def _price(value: str, number: str) -> float:
    try:
        price = float(number)
    except ValueError:
        price = -1.0
    if not 0 <= price <= _HIGHEST:
        raise ValueError(
            f"--price must be the price of an instance hour, such as 7.09 or ml.g5.12xlarge=7.09, got {value}"
        )
    return price
