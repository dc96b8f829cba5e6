"""An optimization job as a custom resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from benchmarks.stock.provider import StockProvider


class StockOptimizationJob(Construct):
    """A job that is created, waited for and deleted with the stack.

    Args:
        scope: The parent construct.
        id: The id in the scope.
        provider: The functions behind the job.
        role: The job's execution role.
        request: The other members of CreateOptimizationJob, without the name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        provider: StockProvider,
        role: iam.IRole,
        request: Mapping[str, Any],
    ) -> None:
        super().__init__(scope, id)
        stack = cdk.Stack.of(self)
        provider.allow_role(role)
        self._resource = cdk.CustomResource(
            self,
            "Resource",
            service_token=provider.service_token,
            resource_type="Custom::OptimizationJob",
            properties={
                "NamePrefix": f"{stack.stack_name}-{id}",
                # As text, because CloudFormation turns the numbers of properties into strings.
                "Request": stack.to_json_string({**request, "RoleArn": role.role_arn}),
            },
        )
        # The job needs its role's policies, not just the role.
        self._resource.node.add_dependency(role)

    @property
    def output_location(self) -> str:
        """The location of the optimized model, after the job has completed."""
        return self._resource.get_att_string("OutputLocation")
