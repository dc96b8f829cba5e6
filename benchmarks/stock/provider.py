"""The functions behind the jobs of a stack, and the CDK's framework around them."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources
from constructs import Construct

FUNCTION = Path(__file__).with_name("function")
"""The code of both functions."""


class StockProvider(Construct):
    """Two functions: one begins to process a request, the other tells whether it is complete.

    Args:
        scope: The stack.
        id: The id in the scope.
        query_interval: The poll interval. Default: the framework's default, 5 seconds.
        total_timeout: The longest time of a job. Default: an hour, the framework's maximum.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        query_interval: cdk.Duration | None = None,
        total_timeout: cdk.Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.on_event = self._function("OnEvent", "on_event", ["Create", "Stop"])
        is_complete = self._function("IsComplete", "is_complete", ["Describe", "Delete"])
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=self.on_event,
            is_complete_handler=is_complete,
            query_interval=query_interval,
            total_timeout=total_timeout or cdk.Duration.hours(1),
        )
        self.service_token = provider.service_token

    def allow_role(self, role: iam.IRole) -> None:
        """Allow the function to pass a role to jobs."""
        statement = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        self.on_event.add_to_role_policy(statement)

    def _function(self, id: str, module: str, verbs: list[str]) -> lambda_.Function:
        stack = cdk.Stack.of(self)
        function = lambda_.Function(
            self,
            id,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(FUNCTION), exclude=["__pycache__"]),
            handler=f"{module}.handler",
            timeout=cdk.Duration.minutes(1),
        )
        jobs = stack.format_arn(
            service="sagemaker", resource="optimization-job", resource_name=f"{stack.stack_name}-*"
        )
        actions = [f"sagemaker:{verb}OptimizationJob" for verb in verbs]
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[jobs]))
        return function
