"""Pieces of templates."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.cloudformation.stand_in import FUNCTION

Definition = dict[str, Any]


def thing(*, depends_on: list[str] | None = None, policy: str | None = None, **properties: Any) -> Definition:
    """A custom resource."""
    definition: Definition = {"Type": "Custom::Thing", "Properties": {"ServiceToken": FUNCTION, **properties}}
    if depends_on is not None:
        definition["DependsOn"] = depends_on
    if policy is not None:
        definition["DeletionPolicy"] = definition["UpdateReplacePolicy"] = policy
    return definition


def parameter(value: Any, **more: Any) -> Definition:
    """A standard resource that takes two seconds."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}


def of(**resources: Definition) -> Definition:
    """A template of these resources."""
    return {"Resources": resources}
