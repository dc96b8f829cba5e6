"""Application Auto Scaling: scalable targets and scaling policies."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, pick
from localcloud.services.cloudformation.stacks import Physical

_PLACE = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class ScalableTargetProvider(ApiProvider):
    """`AWS::ApplicationAutoScaling::ScalableTarget`, which its Ref names with three words."""

    service, creates = "application-autoscaling", "register_scalable_target"
    updates = creates
    takes = (*_PLACE, "MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState")
    ref = "{ResourceId}|{ScalableDimension}|{ServiceNamespace}"
    attributes = named(Id="{ref}")
    fixed = frozenset(_PLACE)
    taggable = False

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "deregister_scalable_target", **_place(physical.physical_id))


class ScalingPolicyProvider(ApiProvider):
    """`AWS::ApplicationAutoScaling::ScalingPolicy`. Its name only has to differ from others of its target."""

    service, creates = "application-autoscaling", "put_scaling_policy"
    updates = creates
    takes = (
        "PolicyName",
        "PolicyType",
        "StepScalingPolicyConfiguration",
        "TargetTrackingScalingPolicyConfiguration",
    )
    ref = "{PolicyARN}"
    attributes = named(Arn="{ref}")
    fixed = frozenset({*_PLACE, "PolicyName", "ScalingTargetId"})
    taggable = False

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        return {**super().parameters(request, takes), **_target(request)}

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        name = physical.physical_id.rpartition("policyName/")[2]
        # A policy goes with its target, too.
        self.call_if_there(request, "delete_scaling_policy", PolicyName=name, **_target(request))


def _target(request: ResourceRequest) -> dict[str, Any]:
    """The place of a policy's target, which is given by its Ref or by its parts."""
    target = request.properties.get("ScalingTargetId")
    return pick(request.properties, *_PLACE) if target is None else _place(str(target))


def _place(target: str) -> dict[str, str]:
    resource_id, dimension, namespace = target.split("|")
    return {"ServiceNamespace": namespace, "ResourceId": resource_id, "ScalableDimension": dimension}
