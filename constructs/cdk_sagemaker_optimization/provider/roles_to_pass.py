"""The roles that the function may pass to SageMaker."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct


class RolesToPass:
    """A statement for the roles of several jobs.

    A role with a condition (``CfnCondition``) does not exist when the condition is false. The policy exists
    all the same, for the other jobs, so it names such a role only under the role's own condition. The
    conditions are known only at synthesis.

    Args:
        scope: a construct of the policy's stack.
        function_role: the role of the function.
    """

    def __init__(self, scope: IConstruct, function_role: iam.IRole) -> None:
        self._stack = cdk.Stack.of(scope)
        self._function_role = function_role
        self._roles: list[iam.IRole] = []
        self.statement = iam.PolicyStatement(
            actions=["iam:PassRole"],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )

    def add(self, role: iam.IRole) -> None:
        """Let the function pass a role."""
        self._roles.append(role)
        self.statement.add_resources(cdk.Lazy.string(_Arn(self, role)))

    def arn(self, role: iam.IRole) -> str:
        """Return the ARN of a role, under its condition if it has one."""
        condition = self._condition(role)
        if condition is None:
            return role.role_arn
        return cdk.Fn.condition_if(condition.logical_id, role.role_arn, self._instead(role)).to_string()

    def _instead(self, role: iam.IRole) -> str:
        """Return the value for a role that does not exist.

        IAM refuses a statement without resources. So if every role has a condition, the first one is replaced
        by the function's own role, which SageMaker cannot assume.
        """
        others = all(self._condition(each) is not None for each in self._roles)
        return self._function_role.role_arn if others and role is self._roles[0] else cdk.Aws.NO_VALUE

    def _condition(self, role: iam.IRole) -> cdk.CfnCondition | None:
        resource = role.node.default_child
        if not isinstance(resource, cdk.CfnResource) or cdk.Stack.of(role) is not self._stack:
            return None
        return resource.cfn_options.condition


@jsii.implements(cdk.IStableStringProducer)
class _Arn:
    def __init__(self, roles: RolesToPass, role: iam.IRole) -> None:
        self._roles = roles
        self._role = role

    def produce(self) -> str:
        return self._roles.arn(self._role)
