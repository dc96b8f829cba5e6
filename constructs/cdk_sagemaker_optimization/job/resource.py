"""The resource of a job, or of a model that the function makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets

from .condition import refuse_condition
from .overrides import with_overrides
from .rendered import RenderedJob

_KNOWN = (
    cdk.RemovalPolicy.DESTROY,
    cdk.RemovalPolicy.RETAIN,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
)

#: The deletion policies that a job can have, as the template has them.
_RENDERED = {
    "Delete": "Delete",
    "Retain": "RetainExceptOnCreate",
    "RetainExceptOnCreate": "RetainExceptOnCreate",
}
_POLICIES = {"Delete": cdk.CfnDeletionPolicy.DELETE, "Retain": cdk.CfnDeletionPolicy.RETAIN}
_POLICIES["RetainExceptOnCreate"] = cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE


class JobResource(cdk.CfnResource):
    """A job that no removal policy leaves running after a failed deployment.

    With ``DeletionPolicy: Retain`` CloudFormation deletes nothing when it rolls back the creation of a
    resource, and with ``UpdateReplacePolicy: Retain`` it may keep a resource that should replace another one:
    a job would run and cost, and belong to no stack. So the template has ``RetainExceptOnCreate`` instead of
    ``Retain``, and never the other policy, whether the props, the job's own method, an aspect,
    ``cfn_options`` or an override sets it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """

    def __init__(
        self, scope: Construct, id: str, *, type: str, properties: Mapping[str, Any], what: str = "job"
    ) -> None:
        """Define the resource.

        Args:
            scope: the construct of the job or model.
            id: its id there.
            type: the resource's type.
            properties: its properties.
            what: the kind of the construct, for messages. Default: a job.
        """
        super().__init__(scope, id, type=type, properties=properties)
        self._what = what
        self._overrides: dict[str, Any] = {}
        self._policies: tuple[str | None, str | None] = (None, None)

    @property
    def overrides(self) -> Mapping[str, Any]:
        """The overrides by their paths, in the order in which they were added."""
        return self._overrides

    def add_override(self, path: str, value: Any) -> None:
        """Override a part of the resource in the template. A policy becomes one that a job can have.

        Raises:
            ValueError: the override is a condition, or a deletion policy that a job cannot have.
        """
        refuse_condition(self, path, value)
        if path == "DeletionPolicy":
            if value is not None and not (isinstance(value, str) and value in _POLICIES):
                raise ValueError(self._refusal(value))
            self.cfn_options.deletion_policy = None if value is None else _POLICIES[value]
        elif path != "UpdateReplacePolicy":
            # The last override counts.
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
        """Set whether the job's record is deleted when the job leaves the stack.

        Raises:
            ValueError: a job cannot have the policy.
        """
        wanted = policy or default or cdk.RemovalPolicy.RETAIN
        if wanted not in _KNOWN:
            names = ", ".join(known.name for known in _KNOWN)
            raise ValueError(
                f"the removal policy of {self.node.path} must be one of {names}, got {wanted.name}"
            )
        super().apply_removal_policy(wanted, apply_to_update_replace_policy=apply_to_update_replace_policy)
        self._render_policies("Delete" if wanted is cdk.RemovalPolicy.DESTROY else "Retain", None)

    def replace_tags(self, tags: list[dict[str, str]]) -> None:
        """Replace the tags in the property. Overrides of them stay.

        Args:
            tags: the tags as the API takes them.
        """
        in_tags = {
            path: value
            for path, value in self._overrides.items()
            if path in ("Properties", "Properties.Tags") or path.startswith("Properties.Tags.")
        }
        super().add_override("Properties.Tags", with_overrides({"Tags": tags}, in_tags).get("Tags"))

    def problems(self, rendered: RenderedJob) -> list[str]:
        """Render the policies of the options, and find problems with the resource."""
        options = rendered.options(self)
        policy = options.get("deletionPolicy")
        self._render_policies(policy, options.get("updateReplacePolicy"))
        properties = {
            path.removeprefix("Properties."): value
            for path, value in self._overrides.items()
            if path.startswith("Properties")
        }
        problems = [] if policy is None or policy in _RENDERED else [self._refusal(policy.upper())]
        return problems + problems_with_secrets(self, properties, what=self._what)

    def _render_policies(self, deletion: str | None, update_replace: str | None) -> None:
        """Override the options with the policies that a job can have."""
        policies = (
            None if deletion is None else _RENDERED.get(deletion),
            "Delete" if deletion or update_replace else None,
        )
        if policies != self._policies:
            self._policies = policies
            super().add_override("DeletionPolicy", policies[0])
            super().add_override("UpdateReplacePolicy", policies[1])

    def _refusal(self, policy: object) -> str:
        return (
            f"the deletion policy of {self.node.path} must be one of {', '.join(_POLICIES)}, because a "
            f"{self._what} can keep only its record, got {policy}"
        )
