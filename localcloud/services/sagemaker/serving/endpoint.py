"""One endpoint: what it serves, and how that changes while time passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from localcloud.services.sagemaker.serving.course import Course, Steps, Wait
from localcloud.services.sagemaker.serving.deployment import Deployment, deployment
from localcloud.services.sagemaker.serving.faults import When
from localcloud.services.sagemaker.serving.news import News
from localcloud.services.sagemaker.serving.resources import Resource
from localcloud.services.sagemaker.serving.starting import Attempt, Failure, Starting
from localcloud.services.sagemaker.serving.traffic import Traffic

_ROLLBACK_SECONDS = 60.0
_DELETION_SECONDS = 30.0
_RESCALE_SECONDS = 120.0


class Status(StrEnum):
    """The statuses of endpoints and of inference components that the local cloud knows."""

    CREATING = "Creating"
    IN_SERVICE = "InService"
    UPDATING = "Updating"
    ROLLING_BACK = "RollingBack"
    FAILED = "Failed"
    DELETING = "Deleting"

    @property
    def is_settled(self) -> bool:
        return self in (Status.IN_SERVICE, Status.FAILED)


@dataclass
class Variant:
    """A production variant that runs.

    Attributes:
        request: The variant as its endpoint configuration has it.
        model: Its model, as it was when the containers started; None for one that hosts components.
    """

    request: Mapping[str, Any]
    weight: float
    count: int
    model: Resource | None = None

    @property
    def name(self) -> str:
        return str(self.request["VariantName"])

    @property
    def hosts_components(self) -> bool:
        return self.request.get("ModelName") is None


@dataclass
class Fleet:
    """The instances of one endpoint configuration."""

    config: Resource
    variants: list[Variant]
    traffic: Traffic = field(default_factory=Traffic)
    captured: Traffic = field(default_factory=Traffic)

    @classmethod
    def of(cls, config: Resource) -> Fleet:
        """The fleet that an endpoint configuration describes."""
        variants = [
            Variant(
                variant, float(variant.get("InitialVariantWeight", 1)), variant.get("InitialInstanceCount", 0)
            )
            for variant in deepcopy(config.request["ProductionVariants"])
        ]
        return cls(config, variants)

    @property
    def runs_components(self) -> bool:
        """True if the variants have no models of their own."""
        return all(variant.hosts_components for variant in self.variants)

    def variant(self, name: str) -> Variant | None:
        return next((variant for variant in self.variants if variant.name == name), None)

    def retain(self, other: Fleet, excluded: Sequence[str]) -> None:
        """Take over what was changed of the variants of the same name."""
        for variant in self.variants:
            if (old := other.variant(variant.name)) is not None:
                variant.weight = variant.weight if "DesiredWeight" in excluded else old.weight
                variant.count = variant.count if "DesiredInstanceCount" in excluded else old.count


@dataclass(eq=False)
class Endpoint(Resource):
    """An endpoint.

    Attributes:
        fleet: The fleet that serves; None until the first has started.
        pending: The fleet of a deployment that is under way.
        shifted: The share of the traffic that the pending fleet gets, in percent.
        history: Every status it has had, with the time from which it had it and the name of the
            configuration that served then.
        news: What has happened to it and was not told yet.
    """

    starting: Starting = field(kw_only=True)
    status: Status = Status.CREATING
    reason: str | None = None
    fleet: Fleet | None = None
    pending: Fleet | None = None
    shifted: float = 0
    deployment_config: Mapping[str, Any] | None = None
    modified: float = 0
    deleted: float | None = None
    course: Course = field(default_factory=Course)
    traffic: Traffic = field(default_factory=Traffic)
    history: list[tuple[float, Status, str]] = field(default_factory=list)
    news: list[News] = field(default_factory=list)

    @property
    def is_serving(self) -> bool:
        """True if it responds to requests. An update does not interrupt it."""
        return self.fleet is not None and self.status not in (Status.FAILED, Status.DELETING)

    @property
    def config_name(self) -> str:
        """The configuration that Describe shows: the running one until another has taken its place."""
        fleet = self.fleet or self.pending
        return "" if fleet is None else fleet.config.name

    def settle(self, now: float, alarms: frozenset[str]) -> None:
        """Let everything happen that was due until `now`."""
        self.course.settle(now, alarms)

    def create(self, config: Resource) -> None:
        self.pending = Fleet.of(config)
        self.course.begin(self._creation(self.pending), self.created)

    def update(self, fleet: Fleet, config: Mapping[str, Any] | None, now: float) -> None:
        """Replace the fleet."""
        self.pending, self.shifted, self.deployment_config = fleet, 0, config
        copies = max((variant.count for variant in fleet.variants), default=1)
        self.course.begin(self._update(fleet, deployment(config, copies)), now)

    def rescale(self, weights: Mapping[str, float], counts: Mapping[str, int], now: float) -> None:
        """Change the weights and the instances of variants."""
        self.course.begin(self._rescaling(weights, counts), now)

    def delete(self, now: float) -> None:
        self.course.begin(self._deletion(), now)

    def serving(self) -> Fleet:
        """The fleet that serves the next request."""
        assert self.fleet is not None
        if self.pending is None or not self.shifted:
            return self.fleet
        chosen = self.traffic.choose({"old": 100 - self.shifted, "new": self.shifted})
        return self.pending if chosen == "new" else self.fleet

    # --- courses --------------------------------------------------------------------------------------------

    def _creation(self, fleet: Fleet) -> Steps:
        self._enter(Status.CREATING)
        failure = yield from self._start(fleet, "create")
        if failure is not None:
            self.reason = failure.reason
            self._enter(Status.FAILED)
            return
        self.fleet, self.pending = fleet, None
        self._enter(Status.IN_SERVICE)

    def _update(self, fleet: Fleet, plan: Deployment) -> Steps:
        self.reason = None
        self._enter(Status.UPDATING)
        began = self.course.time
        for shift in plan.shifts:
            failure = (yield from self._start(fleet, "update")) if shift.starts else None
            if failure is None:
                self.shifted = shift.percent
                self._tell(f"Baking for {shift.bakes:g} seconds with {shift.percent:g} % of the traffic.")
                alarm = yield Wait(shift.bakes, plan.alarms)
                if alarm is not None:
                    failure = Failure(f"Rolled back because alarm {alarm} went into the ALARM state.")
                elif self.course.time - began > plan.limit:
                    failure = Failure(
                        f"The deployment exceeded MaximumExecutionTimeoutInSeconds ({plan.limit})."
                    )
            if failure is not None:
                yield from self._rollback(failure)
                return
        yield Wait(plan.ends_in)
        self.fleet, self.pending, self.shifted = fleet, None, 0
        self._enter(Status.IN_SERVICE)

    def _rollback(self, failure: Failure) -> Steps:
        self.shifted = 0
        self._enter(Status.ROLLING_BACK)
        yield Wait(_ROLLBACK_SECONDS)
        self.pending = None
        self.reason = None if failure.silently else failure.reason
        self._enter(Status.IN_SERVICE)

    def _rescaling(self, weights: Mapping[str, float], counts: Mapping[str, int]) -> Steps:
        self._enter(Status.UPDATING)
        yield Wait(_RESCALE_SECONDS)
        assert self.fleet is not None
        self.fleet.variants = [
            replace(
                variant,
                weight=weights.get(variant.name, variant.weight),
                count=counts.get(variant.name, variant.count),
            )
            for variant in self.fleet.variants
        ]
        self._enter(Status.IN_SERVICE)

    def _deletion(self) -> Steps:
        self._enter(Status.DELETING)
        yield Wait(_DELETION_SECONDS)
        self.deleted = self.course.time

    def _start(self, fleet: Fleet, when: When) -> Attempt:
        """Start the containers of every variant, one after the other."""
        role_arn = fleet.config.request.get("ExecutionRoleArn")
        if all(variant.hosts_components for variant in fleet.variants):
            yield Wait(_RESCALE_SECONDS)
        for variant in fleet.variants:
            if variant.hosts_components:
                continue
            failure = yield from self.starting.start(
                when,
                self,
                variant.request["ModelName"],
                role_arn=role_arn,
                parameters=variant.request,
                what="Endpoints",
                subject=f"production variant {variant.name}",
            )
            if failure is not None:
                return failure
            variant.model = self.starting.model(variant.request["ModelName"])
        return None

    def _enter(self, status: Status) -> None:
        self.status, self.modified = status, self.course.time
        self.history.append((self.course.time, status, self.config_name))
        self._tell()

    def _tell(self, baking: str | None = None) -> None:
        fleet = self.fleet or self.pending
        self.news.append(
            News(
                time=self.course.time,
                endpoint=self.name,
                arn=self.arn,
                created=self.created,
                status=str(self.status),
                config=self.config_name,
                variants=[
                    {
                        "VariantName": variant.name,
                        "CurrentWeight": variant.weight,
                        "DesiredWeight": variant.weight,
                        "CurrentInstanceCount": variant.count,
                        "DesiredInstanceCount": variant.count,
                    }
                    for variant in (fleet.variants if fleet else ())
                ],
                next_config=self.pending.config.name if self.pending else None,
                baking=baking,
            )
        )
