"""Application Auto Scaling: scalable targets and scaling policies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, pick
from localcloud.services.cloudformation.stacks import Physical

_PLACE = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class ScalableTargetProvider(ApiProvider):
    """`AWS::ApplicationAutoScaling::ScalableTarget`, which its Ref names with three words."""

    service = "application-autoscaling"
    attributes = frozenset({"Id"})
    fixed = frozenset(_PLACE)
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        place = pick(request.properties, *_PLACE)
        physical_id = "|".join(
            str(place[name]) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
        )
        return self._register(request, physical_id)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        return self._register(request, physical.physical_id)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        place = _place(physical.physical_id)
        if self.call(
            request,
            "describe_scalable_targets",
            ServiceNamespace=place["ServiceNamespace"],
            ResourceIds=[place["ResourceId"]],
            ScalableDimension=place["ScalableDimension"],
        )["ScalableTargets"]:
            self.call(request, "deregister_scalable_target", **place)

    def _register(self, request: ResourceRequest, physical_id: str) -> Physical:
        properties = request.properties
        wanted = pick(properties, *_PLACE, "MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState")
        self.call(request, "register_scalable_target", **wanted)
        return Physical(physical_id, properties, {"Id": physical_id})


class ScalingPolicyProvider(ApiProvider):
    """`AWS::ApplicationAutoScaling::ScalingPolicy`. Its name only has to differ from others of its target."""

    service = "application-autoscaling"
    attributes = frozenset({"Arn"})
    fixed = frozenset({*_PLACE, "PolicyName", "ScalingTargetId"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        return self._put(request)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        # Its ARN stays the same.
        return replace(self._put(request), physical_id=physical.physical_id)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        which = {"PolicyName": physical.physical_id.rpartition("policyName/")[2], **_target(request)}
        present = self.call(
            request,
            "describe_scaling_policies",
            ServiceNamespace=which["ServiceNamespace"],
            ResourceId=which["ResourceId"],
        )["ScalingPolicies"]
        # A policy goes with its target, too.
        if which["PolicyName"] in [each["PolicyName"] for each in present]:
            self.call(request, "delete_scaling_policy", **which)

    def _put(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        wanted: dict[str, Any] = pick(
            properties,
            "PolicyType",
            "StepScalingPolicyConfiguration",
            "TargetTrackingScalingPolicyConfiguration",
        )
        wanted |= {"PolicyName": properties["PolicyName"], **_target(request)}
        arn = str(self.call(request, "put_scaling_policy", **wanted)["PolicyARN"])
        return Physical(arn, properties, {"Arn": arn})


def _target(request: ResourceRequest) -> dict[str, Any]:
    """The place of a policy's target, which is given by its Ref or by its parts."""
    target = request.properties.get("ScalingTargetId")
    return pick(request.properties, *_PLACE) if target is None else _place(str(target))


def _place(target: str) -> dict[str, str]:
    resource_id, dimension, namespace = target.split("|")
    return {"ServiceNamespace": namespace, "ResourceId": resource_id, "ScalableDimension": dimension}
