"""The role that SageMaker assumes for a served model."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.access.execution_role import ExecutionRole
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.facts import stack_of

# https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
_PLACES = ("/aws/sagemaker/Endpoints", "/aws/sagemaker/InferenceComponents")


class ServingRole(ExecutionRole):
    """An execution role with the permissions that every served model needs: to write logs, publish metrics.

    A model adds the permissions to read its artifact and base model, to use their keys, to pull its image
    and, in a VPC, to create network interfaces. Only SageMaker can assume the role, and only for this
    account.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        role_name: str | None = None,
        path: str | None = None,
        description: str | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        managed_policies: bool = False,
        strict: bool = False,
    ) -> None:
        """Define the role.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            role_name: the role's name. Default: CloudFormation makes one.
            path: the role's path. Default: ``/``.
            description: the role's description. Default: none.
            permissions_boundary: the policy that bounds the role's permissions. Default: none.
            managed_policies: whether the role's grants go into managed policies, as some audit rules demand.
                Default: no; they go into an inline policy, which nobody can attach to another role.
            strict: whether SageMaker may list a bucket only below the prefixes of the artifact and the base
                model. Default: no; it may list a bucket and read its Region, as AWS documents for the roles
                of models.

        Raises:
            ValueError: ``strict`` is no bool.
        """
        super().__init__(
            scope,
            id,
            role_name=role_name,
            path=path,
            description=description,
            permissions_boundary=permissions_boundary,
            managed_policies=managed_policies,
            strict=strict,
        )
        grant_serving_telemetry(RoleAccess(self, self, what="model"))


def grant_serving_telemetry(access: RoleAccess) -> None:
    """Let a model's role write the logs of its endpoints and publish their metrics.

    Args:
        access: the access of the role.
    """
    stack = stack_of(access.scope)
    access.allow(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [
            stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"{place}/*",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for place in _PLACES
        ],
        wildcard="A log group has the name of an endpoint or a component, which a model does not know.",
    )
    access.allow(
        ["cloudwatch:PutMetricData"],
        ["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": list(_PLACES)}},
        wildcard="cloudwatch:PutMetricData knows no resources; a condition names the namespaces.",
    )
