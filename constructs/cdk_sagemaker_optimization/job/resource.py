"""The resource of a job in the template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets

from .condition import refuse_condition

_KNOWN = (
    cdk.RemovalPolicy.DESTROY,
    cdk.RemovalPolicy.RETAIN,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
)

#: What each deletion policy that a job can have comes to.
_RENDERED = {
    cdk.CfnDeletionPolicy.DELETE: "Delete",
    cdk.CfnDeletionPolicy.RETAIN: "RetainExceptOnCreate",
    cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE: "RetainExceptOnCreate",
}
_POLICIES = {"Delete": cdk.CfnDeletionPolicy.DELETE, "Retain": cdk.CfnDeletionPolicy.RETAIN}
_POLICIES["RetainExceptOnCreate"] = cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE


class JobResource(cdk.CfnResource):
    """A job, which no removal policy lets run on after a deployment that failed.

    With ``DeletionPolicy: Retain`` CloudFormation deletes nothing when it rolls back the creation of a
    resource, and with ``UpdateReplacePolicy: Retain`` it may leave what was to replace another: a job would
    run, and cost, and belong to no stack. So ``Retain`` is rendered as ``RetainExceptOnCreate``, without the
    other policy, whoever sets it and however: the props, the job's own method, an aspect, ``cfn_options`` or
    an override.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """

    def __init__(self, scope: Construct, id: str, *, type: str, properties: Mapping[str, Any]) -> None:
        super().__init__(scope, id, type=type, properties=properties)
        self._overrides: dict[str, Any] = {}
        # An override wins over the options. What these say is asked when the template is written.
        super().add_override("DeletionPolicy", cdk.Lazy.any(_DeletionPolicy(self)))
        super().add_override("UpdateReplacePolicy", cdk.Lazy.any(_UpdateReplacePolicy(self)))
        self.node.add_validation(_NoOtherPolicy(self))
        self.node.add_validation(_NoSecretInOverrides(self))

    @property
    def overrides(self) -> Mapping[str, Any]:
        """What was overridden, by its path, in the order in which it was."""
        return self._overrides

    def add_override(self, path: str, value: Any) -> None:
        """Override a part of the resource in the template; a policy becomes one that a job can have.

        Raises:
            ValueError: a deletion policy that a job cannot have, or a condition.
        """
        refuse_condition(self, path, value)
        if path == "DeletionPolicy":
            if value is not None and not (isinstance(value, str) and value in _POLICIES):
                raise ValueError(_refusal(self, value))
            self.cfn_options.deletion_policy = None if value is None else _POLICIES[value]
        elif path != "UpdateReplacePolicy":
            # The last one is the one that counts.
            self._overrides.pop(path, None)
            self._overrides[path] = value
            super().add_override(path, value)

    def apply_removal_policy(
        self,
        policy: cdk.RemovalPolicy | None = None,
        *,
        apply_to_update_replace_policy: bool | None = None,
        default: cdk.RemovalPolicy | None = None,
    ) -> None:
        """Say what happens to the job's record when it leaves the stack.

        Raises:
            ValueError: a policy that a job cannot have.
        """
        wanted = policy or default or cdk.RemovalPolicy.RETAIN
        if wanted not in _KNOWN:
            names = ", ".join(known.name for known in _KNOWN)
            raise ValueError(
                f"the removal policy of {self.node.path} must be one of {names}, got {wanted.name}"
            )
        super().apply_removal_policy(wanted, apply_to_update_replace_policy=apply_to_update_replace_policy)


def _refusal(resource: cdk.CfnResource, policy: object) -> str:
    return (
        f"the deletion policy of {resource.node.path} must be one of {', '.join(_POLICIES)}, because a job "
        f"has nothing else to keep than its record, got {policy}"
    )


@jsii.implements(cdk.IStableAnyProducer)
class _DeletionPolicy:
    def __init__(self, resource: cdk.CfnResource) -> None:
        self._resource = resource

    def produce(self) -> str | None:
        policy = self._resource.cfn_options.deletion_policy
        return None if policy is None else _RENDERED.get(policy)


@jsii.implements(cdk.IStableAnyProducer)
class _UpdateReplacePolicy:
    def __init__(self, resource: cdk.CfnResource) -> None:
        self._resource = resource

    def produce(self) -> str | None:
        options = self._resource.cfn_options
        return "Delete" if options.deletion_policy or options.update_replace_policy else None


@jsii.implements(IValidation)
class _NoOtherPolicy:
    def __init__(self, resource: cdk.CfnResource) -> None:
        self._resource = resource

    def validate(self) -> list[str]:
        """At synthesis, when every aspect has had its say."""
        policy = self._resource.cfn_options.deletion_policy
        return [] if policy is None or policy in _RENDERED else [_refusal(self._resource, policy.name)]


@jsii.implements(IValidation)
class _NoSecretInOverrides:
    def __init__(self, resource: JobResource) -> None:
        self._resource = resource

    def validate(self) -> list[str]:
        """At synthesis, when every aspect has had its say."""
        properties = {
            path.removeprefix("Properties."): value
            for path, value in self._resource.overrides.items()
            if path.startswith("Properties")
        }
        return problems_with_secrets(self._resource, properties)
