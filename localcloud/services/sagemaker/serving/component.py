"""One inference component: copies of a model on the instances of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.services.sagemaker.serving.course import Course, Steps, Wait
from localcloud.services.sagemaker.serving.deployment import deployment
from localcloud.services.sagemaker.serving.endpoint import Endpoint, Status
from localcloud.services.sagemaker.serving.faults import When
from localcloud.services.sagemaker.serving.resources import Resource
from localcloud.services.sagemaker.serving.starting import Attempt, Failure, Starting

_STOP_SECONDS = 30.0


@dataclass(eq=False)
class Component(Resource):
    """An inference component.

    Attributes:
        specification: The specification that serves.
        model: Its model, as it was when the copies started.
        desired: The number of copies that it is to have.
        copies: The number of copies that run.
        history: Every status it has had, with the time from which it had it and the name of the model that
            served then.
    """

    endpoint: Endpoint = field(kw_only=True)
    starting: Starting = field(kw_only=True)
    status: Status = Status.CREATING
    reason: str | None = None
    specification: Mapping[str, Any] = field(default_factory=dict)
    model: Resource | None = None
    desired: int = 1
    copies: int = 0
    deployment_config: Mapping[str, Any] | None = None
    modified: float = 0
    deleted: float | None = None
    course: Course = field(default_factory=Course)
    history: list[tuple[float, Status, str]] = field(default_factory=list)

    @property
    def variant_name(self) -> str:
        return str(self.request["VariantName"])

    def settle(self, now: float, alarms: frozenset[str]) -> None:
        """Let everything happen that was due until `now`."""
        self.course.settle(now, alarms)

    def create(self) -> None:
        self.specification = self.request["Specification"]
        self.desired = self.request.get("RuntimeConfig", {}).get("CopyCount", 1)
        self.course.begin(self._creation(), self.created)

    def update(
        self,
        specification: Mapping[str, Any] | None,
        desired: int | None,
        config: Mapping[str, Any] | None,
        now: float,
    ) -> None:
        """Change the specification, the number of copies, or both. None leaves one as it is."""
        self.deployment_config = config or self.deployment_config
        desired = self.desired if desired is None else desired
        self.course.begin(self._update(specification, desired, config), now)

    def delete(self, now: float) -> None:
        self.course.begin(self._deletion(), now)

    # --- courses --------------------------------------------------------------------------------------------

    def _creation(self) -> Steps:
        self._enter(Status.CREATING)
        failure = yield from self._start("create", self.specification)
        if failure is not None:
            self.reason = failure.reason
            self._enter(Status.FAILED)
            return
        self.model, self.copies = self.starting.model(self.specification["ModelName"]), self.desired
        self._enter(Status.IN_SERVICE)

    def _update(
        self, specification: Mapping[str, Any] | None, desired: int, config: Mapping[str, Any] | None
    ) -> Steps:
        self.reason = None
        self._enter(Status.UPDATING)
        if specification is not None and specification != self.specification:
            failure = yield from self._roll(specification, config)
            if failure is not None:
                yield Wait(_STOP_SECONDS)
                self.reason = None if failure.silently else failure.reason
                self._enter(Status.IN_SERVICE)
                return
            self.specification = specification
            self.model = self.starting.model(specification["ModelName"])
        self.desired = desired
        if desired > self.copies:
            failure = yield from self._start("update", self.specification)
            if failure is not None:
                self.reason, self.desired = failure.reason, self.copies
                self._enter(Status.IN_SERVICE)
                return
        else:
            yield Wait(_STOP_SECONDS)
        self.copies = desired
        self._enter(Status.IN_SERVICE)

    def _roll(self, specification: Mapping[str, Any], config: Mapping[str, Any] | None) -> Attempt:
        """Replace the copies in batches. Return the failure if there is one."""
        plan = deployment(config, self.copies)
        began = self.course.time
        for shift in plan.shifts if self.copies else ():
            failure = (yield from self._start("update", specification)) if shift.starts else None
            if failure is not None:
                return failure
            alarm = yield Wait(shift.bakes, plan.alarms)
            if alarm is not None:
                return Failure(f"Rolled back because alarm {alarm} went into the ALARM state.")
            if self.course.time - began > plan.limit:
                return Failure(f"The deployment exceeded MaximumExecutionTimeoutInSeconds ({plan.limit}).")
        return None

    def _deletion(self) -> Steps:
        self._enter(Status.DELETING)
        yield Wait(_STOP_SECONDS)
        self.deleted = self.course.time

    def _start(self, when: When, specification: Mapping[str, Any]) -> Attempt:
        fleet = self.endpoint.fleet
        return (
            yield from self.starting.start(
                when,
                self,
                specification["ModelName"],
                role_arn=None if fleet is None else fleet.config.request.get("ExecutionRoleArn"),
                parameters=specification.get("StartupParameters", {}),
                what="InferenceComponents",
                subject=f"inference component {self.name}",
            )
        )

    def _enter(self, status: Status) -> None:
        self.status, self.modified = status, self.course.time
        served = "" if self.model is None else self.model.name
        self.history.append((self.course.time, status, served))
