"""The resource of a job in the template."""

from __future__ import annotations

import aws_cdk as cdk

_KNOWN = (
    cdk.RemovalPolicy.DESTROY,
    cdk.RemovalPolicy.RETAIN,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
)


class JobResource(cdk.CfnResource):
    """A job, which no removal policy lets run on after a deployment that failed.

    With ``DeletionPolicy: Retain`` CloudFormation deletes nothing when it rolls back the creation of a
    resource, and with ``UpdateReplacePolicy: Retain`` it may leave what was to replace another: a job would
    run, and cost, and belong to no stack. So ``RETAIN`` is rendered as ``RetainExceptOnCreate``, without the
    other policy, whoever applies it: the props, the job's own method or an aspect.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """

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
        if wanted is cdk.RemovalPolicy.RETAIN:
            wanted = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        super().apply_removal_policy(wanted, apply_to_update_replace_policy=apply_to_update_replace_policy)
        self.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.DELETE
