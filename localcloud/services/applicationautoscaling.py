"""Application Auto Scaling of SageMaker: moto keeps targets and policies, and this carries them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from math import ceil, inf
from typing import Any

import moto.applicationautoscaling.models as moto_models
import moto.applicationautoscaling.responses as moto_responses
from moto.core.exceptions import JsonRESTError

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.moto_app import backend
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site

_SERVICE = "application-autoscaling"
_DEFAULT_COOLDOWN = 300

_PREDEFINED: Mapping[str, tuple[str, str]] = {
    "SageMakerVariantInvocationsPerInstance": ("InvocationsPerInstance", "Sum"),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": ("ConcurrentRequestsPerModel", "Average"),
    "SageMakerInferenceComponentInvocationsPerCopy": ("InvocationsPerCopy", "Sum"),
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": (
        "ConcurrentRequestsPerCopy",
        "Average",
    ),
}
"""The metric and the statistic of each predefined metric of SageMaker."""

_HIGH_RESOLUTION_PERIOD = 10
_PERIOD = 60
_OUT_AFTER, _IN_AFTER = 3, 15
"""The periods that a metric is above or below its target until the number changes."""


class Scaling:
    """Scalable targets and scaling policies.

    Args:
        count_of: The present number of a resource, by its resource id; None if there is no such resource.
        scale: Changes that number at a time. Returns False if the resource cannot change now.
    """

    service = _SERVICE
    operations: frozenset[str] | None = frozenset(
        {"RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy"}
    )

    def __init__(
        self,
        site: Site,
        server: Server,
        *,
        count_of: Callable[[str], int | None],
        scale: Callable[[str, int, float], bool],
    ) -> None:
        _know_inference_components()
        self._site = site
        self._count_of = count_of
        self._scale = scale
        self._last: dict[tuple[str, str], float] = {}
        server.register(self)

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        place = (parameters["ServiceNamespace"], parameters["ResourceId"], parameters["ScalableDimension"])
        try:
            match request.operation:
                case "RegisterScalableTarget":
                    return self._register(place, parameters)
                case "DeregisterScalableTarget":
                    self._deregister(place)
                    return {}
                case _:
                    return self._put_policy(place, parameters)
        except JsonRESTError as error:
            raise ApiError("ValidationException", error.message) from error

    def is_scaled(self, resource_id: str) -> bool:
        """Decide whether a resource is a scalable target."""
        return any(resource_id in targets for targets in self._backend.targets.values())

    def deregister(self, resource_id: str) -> None:
        """Take a scalable target and its policies away, if it is there."""
        for dimension, targets in list(self._backend.targets.items()):
            if resource_id in targets:
                self._deregister((targets[resource_id].service_namespace, resource_id, dimension))

    def act(self, action: str, alarm: Any, value: float, time: float) -> None:
        """Carry a policy out, if an alarm's action is one.

        Args:
            action: The ARN.
            alarm: moto's alarm.
            value: The metric's newest value.
        """
        policy = next((each for each in self._backend.policies.values() if each.policy_arn == action), None)
        if policy is None:
            return
        target = self._backend.targets.get(policy.scalable_dimension, {}).get(policy.resource_id)
        count = self._count_of(policy.resource_id)
        if target is None or count is None:
            return
        if policy.policy_type == "StepScaling":
            config = policy.step_scaling_policy_configuration
            wanted = _after_step(config, count, value - float(alarm.threshold))
            cooldowns = {"out": config.get("Cooldown") or 0, "in": config.get("Cooldown") or 0}
        else:
            config = policy.target_tracking_scaling_policy_configuration
            wanted = ceil(count * value / config["TargetValue"])
            if wanted < count and config.get("DisableScaleIn"):
                return
            cooldowns = {
                "out": config.get("ScaleOutCooldown", _DEFAULT_COOLDOWN),
                "in": config.get("ScaleInCooldown", _DEFAULT_COOLDOWN),
            }
        wanted = min(max(wanted, target.min_capacity), target.max_capacity)
        direction = "out" if wanted > count else "in"
        if (
            wanted == count
            or time - self._last_activity(policy.resource_id, direction) < cooldowns[direction]
        ):
            return
        if self._scale(policy.resource_id, wanted, time):
            self._last[policy.resource_id, direction] = time

    def reset(self) -> None:
        """Forget what was scaled when."""
        self._last.clear()

    @property
    def _backend(self) -> Any:
        return backend("applicationautoscaling", self._site.region)

    def _last_activity(self, resource_id: str, direction: str) -> float:
        """The time of the last change that a cooldown counts from: every change for a scale-in."""
        outward, inward = (
            self._last.get((resource_id, "out"), -inf),
            self._last.get((resource_id, "in"), -inf),
        )
        return outward if direction == "out" else max(outward, inward)

    def _register(self, place: tuple[str, str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
        namespace, resource_id, dimension = place
        if namespace == "sagemaker" and self._count_of(resource_id) is None:
            raise ApiError("ValidationException", f"SageMaker has no resource {resource_id} to scale")
        target = self._backend.register_scalable_target(
            namespace,
            resource_id,
            dimension,
            parameters.get("MinCapacity"),
            parameters.get("MaxCapacity"),
            parameters.get("RoleARN", ""),
            parameters.get("SuspendedState", {}),
        )
        return {"ScalableTargetARN": target.arn}

    def _deregister(self, place: tuple[str, str, str]) -> None:
        """Deregister a target. Its policies and their alarms go with it."""
        for policy in list(self._backend.policies.values()):
            if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == place:
                self._backend.delete_scaling_policy(policy.policy_name, *place)
        self._backend.deregister_scalable_target(*place)

    def _put_policy(self, place: tuple[str, str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
        namespace, resource_id, dimension = place
        if resource_id not in self._backend.targets.get(dimension, {}):
            raise ApiError(
                "ObjectNotFoundException",
                f"No scalable target registered for service namespace: {namespace}, resource ID: "
                f"{resource_id}, scalable dimension: {dimension}",
            )
        name = parameters["PolicyName"]
        key = moto_models.FakeApplicationAutoscalingPolicy.formulate_key(*place, name)
        old = self._backend.policies.get(key)
        tracking = parameters.get("TargetTrackingScalingPolicyConfiguration")
        if tracking is not None and any(
            _metric_of(each) == _metric_of(tracking) for each in self._tracked(place, name)
        ):
            # https://github.com/aws/aws-cdk/issues/17956
            raise ApiError(
                "ValidationException",
                "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
            )
        body = tracking or parameters.get("StepScalingPolicyConfiguration")
        policy = self._backend.put_scaling_policy(
            name, *place, body, parameters.get("PolicyType") or "StepScaling"
        )
        if old is not None:
            old.delete_alarms(self._site.account, self._site.region)
            policy.policy_arn = old.policy_arn
        if tracking is not None and namespace == "sagemaker":
            policy.alarms = [self._alarm(policy, tracking, high=high) for high in (True, False)]
        alarms = [{"AlarmName": alarm.name, "AlarmARN": alarm.alarm_arn} for alarm in policy.alarms]
        return {"PolicyARN": policy.policy_arn, "Alarms": alarms}

    def _tracked(self, place: tuple[str, str, str], but: str) -> list[Mapping[str, Any]]:
        """The configurations of the target tracking policies of a target but one."""
        return [
            policy.target_tracking_scaling_policy_configuration
            for policy in self._backend.policies.values()
            if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == place
            and policy.policy_type == "TargetTrackingScaling"
            and policy.policy_name != but
        ]

    def _alarm(self, policy: Any, tracking: Mapping[str, Any], *, high: bool) -> Any:
        """Make one of the two alarms with which target tracking works."""
        metric = _metric(tracking, policy.resource_id)
        if not high:
            metric["period"] = _PERIOD
        name = f"TargetTracking-{policy.resource_id}-Alarm{'High' if high else 'Low'}-{policy.policy_name}"
        return backend("cloudwatch", self._site.region).put_metric_alarm(
            name=name,
            metric_data_queries=[],
            comparison_operator="GreaterThanThreshold" if high else "LessThanThreshold",
            evaluation_periods=_OUT_AFTER if high else _IN_AFTER,
            # A little below the target, or the number would go up and down.
            threshold=float(tracking["TargetValue"]) * (1 if high else 0.9),
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.policy_arn}.",
            alarm_actions=[policy.policy_arn],
            **metric,
        )


def _metric(tracking: Mapping[str, Any], resource_id: str) -> dict[str, Any]:
    """The metric that a policy tracks, as moto's alarms take it."""
    if custom := tracking.get("CustomizedMetricSpecification"):
        if "MetricName" not in custom:
            raise ApiError(
                "ValidationException", "the local cloud tracks single metrics only: give MetricName"
            )
        return {
            "namespace": custom["Namespace"],
            "metric_name": custom["MetricName"],
            "statistic": custom["Statistic"],
            "dimensions": custom.get("Dimensions", []),
            "period": _PERIOD,
        }
    predefined = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
    if predefined not in _PREDEFINED:
        raise ApiError(
            "ValidationException", f"{predefined} is no predefined metric of SageMaker that is known here"
        )
    name, statistic = _PREDEFINED[predefined]
    _, first, *rest = resource_id.split("/")
    pairs = {"EndpointName": first, "VariantName": rest[1]} if rest else {"InferenceComponentName": first}
    return {
        "namespace": "AWS/SageMaker",
        "metric_name": name,
        "statistic": statistic,
        "dimensions": [{"Name": key, "Value": text} for key, text in pairs.items()],
        "period": _HIGH_RESOLUTION_PERIOD if predefined.endswith("HighResolution") else _PERIOD,
    }


def _metric_of(tracking: Mapping[str, Any]) -> Any:
    return tracking.get("PredefinedMetricSpecification"), tracking.get("CustomizedMetricSpecification")


def _after_step(config: Mapping[str, Any], count: int, beyond: float) -> int:
    """The number after the step that fits a metric's distance from the alarm's threshold."""
    for step in config.get("StepAdjustments", ()):
        least, most = step.get("MetricIntervalLowerBound", -inf), step.get("MetricIntervalUpperBound", inf)
        if least <= beyond < most:
            change = step["ScalingAdjustment"]
            match config["AdjustmentType"]:
                case "ExactCapacity":
                    return int(change)
                case "PercentChangeInCapacity":
                    return count + ceil(count * int(change) / 100)
                case _:
                    return count + int(change)
    return count


def _know_inference_components() -> None:
    """Have moto accept the scalable dimension of inference components, which is newer than its list."""
    dimension = "sagemaker:inference-component:DesiredCopyCount"
    known = {each.name: each.value for each in moto_models.ScalableDimensionValueSet}
    if dimension in known.values():
        return
    extended = Enum("ScalableDimensionValueSet", {**known, "SAGEMAKER_COMPONENT": dimension})  # type: ignore[misc]
    for module in (moto_models, moto_responses):
        module.ScalableDimensionValueSet = extended  # type: ignore[attr-defined]
