"""The most that a job can cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization.checks.durations import describe
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import Synthesis, once, path_of, stack_of
from cdk_sagemaker_optimization.props.cost_guard import CostGuard, money, price

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
        self._final = self

    def check(self) -> None:
        """Check the cost against the limit, and warn if nothing limits it.

        Raises:
            ValueError: the job can cost more.
        """
        if not self._is_limited or self._warned_of_unknown():
            return
        problem = self.problem
        if problem is not None:
            raise ValueError(problem)
        self._warn_of_any_number()

    @property
    def worst(self) -> float | None:
        """The most that one run can cost. None without a price, or with a number that is a token."""
        if self._guard is None or self._unknown(self._factors(self._guard)):
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
            f"{decided if self._given_instances is None else ''} x {price(self._guard.hourly_price)} an hour"
        )

    def problems(self, rendered: RenderedJob) -> list[str]:
        """Find that overrides make the job cost more than its limit, and warn if nothing limits it."""
        self._final = self
        if self._guard is None or not rendered.overrides:
            return []
        properties = with_overrides(dict(rendered.properties), rendered.overrides)
        limits = properties.get("StoppingCondition")
        time = limits.get("MaxRuntimeInSeconds") if isinstance(limits, dict) else None
        request = {
            "StoppingCondition": {"MaxRuntimeInSeconds": _number(time)},
            "MaxInstanceCount": _number(properties.get("MaxInstanceCount")),
        }
        self._final = final = JobCost(self._job, request, self._guard)
        if not final._is_limited or final._warned_of_unknown():
            return []
        problem = final.problem
        if problem is None and self._given_instances is not None:
            final._warn_of_any_number()
        return [] if problem is None else [problem]

    def tell(self) -> list[str]:
        """Add the cost of the whole stack to its information, once for each synthesis. Never an error.

        The last job that is checked does so, because overrides of every job count.
        """
        costs = costs_of(self._job)
        checked: list[JobCost] = Synthesis.of(self._job).once(stack_of(self._job), _COSTS, list)
        checked.append(self)
        if len(checked) == len(costs):
            _tell(stack_of(self._job), [cost.final for cost in costs])
        return []

    @property
    def problem(self) -> str | None:
        """The sentence about a cost above the limit. None if it is not, or is known only at deployment."""
        worst, limit = self.worst, None if self._guard is None else self._guard.max_cost
        if worst is None or limit is None or is_unresolved(limit) or worst <= limit * _ROUNDING:
            return None
        return (
            f"one run of {path_of(self._job)} can cost {money(worst, unlike=limit)}, which is more than the "
            f"max_cost {money(limit, unlike=worst)} of its cost_guard: {self.sum}. Lower max_runtime to "
            f"{self._longest(limit)}or raise max_cost"
        )

    @property
    def final(self) -> JobCost:
        """The cost with the overrides of the job's resource, once they are checked."""
        return self._final

    @property
    def path(self) -> str:
        """The path of the job."""
        return path_of(self._job)

    @property
    def _is_limited(self) -> bool:
        return self._guard is not None and self._guard.max_cost is not None

    @property
    def _instances(self) -> int:
        return 1 if self._given_instances is None else self._given_instances

    def _factors(self, guard: CostGuard) -> dict[str, Any]:
        return {
            "max_runtime": self._seconds,
            "max_instance_count": self._given_instances,
            "hourly_price": guard.hourly_price,
        }

    def _warned_of_unknown(self) -> bool:
        """Warn that the cost cannot be compared, and tell whether that is so."""
        assert self._guard is not None
        unknown = self._unknown({**self._factors(self._guard), "max_cost": self._guard.max_cost})
        if unknown:
            warn(
                self._job,
                "costNotBounded",
                f"cost_guard cannot check this job, because {' and '.join(unknown)}: give numbers, or check "
                "at deployment that the job cannot cost more than you accept",
            )
        return bool(unknown)

    def _warn_of_any_number(self) -> None:
        if self._given_instances is None:
            warn(
                self._job,
                "costNotBounded",
                "cost_guard counts one instance, because max_instance_count is not set and SageMaker decides "
                "about the number then: set max_instance_count, so that no run can cost more",
            )

    def _unknown(self, numbers: Mapping[str, Any]) -> list[str]:
        """Return why the numbers that synthesis does not know are not known."""
        reasons = [
            f"{prop} is known only at deployment"
            for prop, value in numbers.items()
            if value is not None and (is_unresolved(value) or not isinstance(value, (int, float)))
        ]
        if self._seconds is None:
            reasons.append("an override removes max_runtime")
        return reasons

    def _longest(self, limit: float) -> str:
        """The remedies, beside a higher limit."""
        assert self._guard is not None
        minutes = int(limit / self._guard.hourly_price / self._instances * 60)
        fewer = "use fewer instances (max_instance_count) " if self._instances > 1 else ""
        at_most = f"at most {describe(minutes * 60)}, " if minutes else "less than a minute, "
        return f"{at_most}{fewer}"


def _number(value: Any) -> Any:
    """Return the number of an override, which CloudFormation also takes as a string."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


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
