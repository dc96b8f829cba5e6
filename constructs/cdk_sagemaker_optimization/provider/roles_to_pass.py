"""The roles that the function may pass to SageMaker."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import once, options_of, resource_of, stack_of


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
        self._stack = stack_of(scope)
        self._function_role = function_role
        self._roles: list[iam.IRole] = []
        self._conditions: dict[iam.IRole, cdk.CfnCondition | None] = {}
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
            return once(role, "ARN", lambda: role.role_arn)
        return cdk.Fn.condition_if(condition.logical_id, role.role_arn, self._instead(role)).to_string()

    def _instead(self, role: iam.IRole) -> str:
        """Return the value for a role that does not exist.

        IAM refuses a statement without resources. So if every role has a condition, the first one is replaced
        by the function's own role, which SageMaker cannot assume.
        """
        others = all(self._condition(each) is not None for each in self._roles)
        return self._function_role.role_arn if others and role is self._roles[0] else cdk.Aws.NO_VALUE

    def _condition(self, role: iam.IRole) -> cdk.CfnCondition | None:
        if role not in self._conditions:
            self._ask_for_conditions()
        return self._conditions[role]

    def _ask_for_conditions(self) -> None:
        """Read the conditions of all roles together, because the template needs each of them."""
        new = [role for role in self._roles if role not in self._conditions]
        resources = {
            role: resource
            for role in new
            if isinstance(resource := resource_of(role), cdk.CfnResource) and stack_of(role) is self._stack
        }
        options = self._stack.resolve([options_of(resource) for resource in resources.values()])
        has_condition = {role: "condition" in each for role, each in zip(resources, options, strict=True)}
        for role in new:
            self._conditions[role] = (
                options_of(resources[role]).condition if has_condition.get(role) else None
            )


@jsii.implements(cdk.IStableStringProducer)
class _Arn:
    def __init__(self, roles: RolesToPass, role: iam.IRole) -> None:
        self._roles = roles
        self._role = role

    def produce(self) -> str:
        return self._roles.arn(self._role)
