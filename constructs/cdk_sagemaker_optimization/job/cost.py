"""The most that a job can cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization.checks.durations import describe
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import once, path_of, stack_of
from cdk_sagemaker_optimization.props.cost_guard import CostGuard, money

from .overrides import with_overrides
from .rendered import RenderedJob

_HOUR = 3_600
# Sums of fractions are not exact.
_ROUNDING = 1 + 1e-9
_COSTS = "costs of jobs"


class JobCost:
    """The cost of one run of a job that uses all of its time and all of its instances.

    Args:
        job: the construct of the job.
        request: the request of the API, from which the check takes the time and the number of instances.
        guard: the price and the limit. None if the price is not known.
    """

    def __init__(self, job: Construct, request: Mapping[str, Any], guard: CostGuard | None) -> None:
        self._job = job
        self._guard = guard
        self._seconds = request["StoppingCondition"]["MaxRuntimeInSeconds"]
        self._given_instances = request.get("MaxInstanceCount")

    def check(self) -> None:
        """Check the cost against the limit, and warn if nothing limits it.

        Raises:
            ValueError: the job can cost more.
        """
        guard = self._guard
        if guard is None or guard.max_cost is None:
            return
        numbers = {**self._factors(guard), "max_cost": guard.max_cost}
        unknown = [
            f"{prop} is known only at deployment" for prop, value in numbers.items() if is_unresolved(value)
        ]
        if unknown:
            warn(
                self._job,
                "costNotBounded",
                f"cost_guard cannot check this job, because {' and '.join(unknown)}: give numbers, or check "
                "at deployment that the job cannot cost more than you accept",
            )
            return
        problem = self.problem
        if problem is not None:
            raise ValueError(problem)
        if self._given_instances is None:
            warn(
                self._job,
                "costNotBounded",
                "cost_guard counts one instance, because max_instance_count is not set and SageMaker decides "
                "about the number then: set max_instance_count, so that no run can cost more",
            )

    @property
    def worst(self) -> float | None:
        """The most that one run can cost. None without a price, or with a number that is a token."""
        if self._guard is None or any(map(is_unresolved, self._factors(self._guard).values())):
            return None
        return float(self._seconds / _HOUR * self._instances * self._guard.hourly_price)

    @property
    def sum(self) -> str:
        """The numbers behind the cost."""
        assert self._guard is not None
        count = self._instances
        decided = " (SageMaker decides, because max_instance_count is not set)"
        return (
            f"max_runtime of {describe(self._seconds)} x {count} instance{'' if count == 1 else 's'}"
            f"{decided if self._given_instances is None else ''} x {money(self._guard.hourly_price)} an hour"
        )

    def problems(self, rendered: RenderedJob) -> list[str]:
        """Find that an override makes the job cost more than its limit."""
        if not rendered.overrides:
            return []
        properties = with_overrides(dict(rendered.properties), rendered.overrides)
        limits = properties.get("StoppingCondition")
        time = limits.get("MaxRuntimeInSeconds") if isinstance(limits, dict) else None
        instances = properties.get("MaxInstanceCount")
        if not isinstance(time, int) or not isinstance(instances, int | None):
            # A number that is known only at deployment.
            return []
        request = {"StoppingCondition": {"MaxRuntimeInSeconds": time}, "MaxInstanceCount": instances}
        problem = JobCost(self._job, request, self._guard).problem
        return [] if problem is None else [problem]

    def tell(self) -> list[str]:
        """Add the cost of the whole stack to its information, once for each synthesis. Never an error."""
        costs = costs_of(self._job)
        if costs and costs[0] is self:
            _tell(stack_of(self._job), costs)
        return []

    @property
    def problem(self) -> str | None:
        """The sentence about a cost above the limit. None if it is not, or is known only at deployment."""
        worst, limit = self.worst, None if self._guard is None else self._guard.max_cost
        if worst is None or limit is None or is_unresolved(limit) or worst <= limit * _ROUNDING:
            return None
        return (
            f"one run of {path_of(self._job)} can cost {money(worst)}, which is more than the max_cost "
            f"{money(limit)} of its cost_guard: {self.sum}. Lower max_runtime to "
            f"{self._longest(limit)}or raise max_cost"
        )

    @property
    def path(self) -> str:
        """The path of the job."""
        return path_of(self._job)

    @property
    def _instances(self) -> int:
        return 1 if self._given_instances is None else self._given_instances

    def _factors(self, guard: CostGuard) -> dict[str, Any]:
        return {
            "max_runtime": self._seconds,
            "max_instance_count": self._given_instances,
            "hourly_price": guard.hourly_price,
        }

    def _longest(self, limit: float) -> str:
        """The remedies, beside a higher limit."""
        assert self._guard is not None
        minutes = int(limit / self._guard.hourly_price / self._instances * 60)
        fewer = "use fewer instances (max_instance_count) " if self._instances > 1 else ""
        at_most = f"at most {describe(minutes * 60)}, " if minutes else "less than a minute, "
        return f"{at_most}{fewer}"


def remember(job: Construct, cost: JobCost) -> None:
    """Count a job among those of its stack."""
    costs_of(job).append(cost)


def costs_of(construct: Construct) -> list[JobCost]:
    """Return the costs of the jobs of a construct's stack, in the order of their definition."""
    costs: list[JobCost] = once(stack_of(construct), _COSTS, list)
    return costs


def _tell(stack: cdk.Stack, costs: list[JobCost]) -> None:
    known = [(cost, cost.worst) for cost in costs]
    sums = [(cost, worst) for cost, worst in known if worst is not None]
    if not sums:
        return
    total = money(sum(worst for _, worst in sums))
    parts = "; ".join(f"{cost.path}: {money(worst)} = {cost.sum}" for cost, worst in sums)
    others = len(known) - len(sums)
    note = f"; {others} more without a price that is known at synthesis" if others else ""
    cdk.Annotations.of(stack).add_info(
        f"one run of each job of this stack costs at most {total} for instances ({parts}{note})"
    )
