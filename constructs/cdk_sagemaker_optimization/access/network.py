"""The network of what SageMaker runs in a VPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from cdk_sagemaker_optimization.checks.networks import check_network, select_subnets
from cdk_sagemaker_optimization.checks.validation import check, is_unresolved, placeholder
from cdk_sagemaker_optimization.facts import stack_of

from .role_access import RoleAccess

_NEW_INTERFACES = "SageMaker makes network interfaces in the VPC; their ids are known only then."
_UNKNOWN_SUBNETS = "The ids of the subnets are a list that is known only at deployment; a condition names it."


class VpcNetwork:
    """Subnets and security groups of a VPC."""

    def __init__(
        self,
        scope: Construct,
        vpc: ec2.IVpc,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: Sequence[ec2.ISecurityGroup] | None,
        description: str,
    ) -> None:
        self._vpc = vpc
        self._subnets = select_subnets(vpc, vpc_subnets)
        self._subnet_ids = list(self._subnets.ids)
        if self._subnets.is_pending and not self._subnet_ids:
            # The CDK has yet to look up the VPC, and its placeholder may have no subnets of this kind.
            self._subnet_ids = [placeholder("subnets")]
        check("OptimizationVpcSubnets", self._subnet_ids, "vpc_subnets")
        if security_groups is not None:
            ids = [group.security_group_id for group in security_groups]
            check("OptimizationVpcSecurityGroupIds", ids, "security_groups")
        groups = security_groups or [
            ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc, description=description)
        ]
        self.connections = ec2.Connections(security_groups=list(groups))

    @staticmethod
    def of(
        scope: Construct,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: Sequence[ec2.ISecurityGroup] | None,
        *,
        description: str,
    ) -> VpcNetwork | None:
        """Return the network of a job or a model.

        Args:
            scope: the construct of the job or model.
            vpc: its VPC.
            vpc_subnets: subnets of the VPC. Default: the private ones.
            security_groups: security groups of the VPC. Default: a new one.
            description: the description of the new one.

        Returns:
            None without a VPC.

        Raises:
            ValueError: there are subnets or security groups without a VPC, too many of them, or ids.
        """
        check_network(vpc, vpc_subnets, security_groups)
        if vpc is not None:
            return VpcNetwork(scope, vpc, vpc_subnets, security_groups, description)
        for prop, value in (("vpc_subnets", vpc_subnets), ("security_groups", security_groups)):
            if value is not None:
                raise ValueError(f"{prop} needs a vpc: give vpc, or leave {prop} out")
        return None

    def bind(self, access: RoleAccess) -> dict[str, Any]:
        """Grant the role what it needs, and return the API's ``VpcConfig``."""
        subnets = self._subnet_ids
        groups = [group.security_group_id for group in self.connections.security_groups]
        # The subnets of a VPC that is shared with this account belong to the owner's account.
        arn = stack_of(access.scope).split_arn(self._vpc.vpc_arn, cdk.ArnFormat.SLASH_RESOURCE_NAME)
        owner = arn.account
        interfaces = _arn(access, "network-interface", "*")
        in_one_of = (
            [] if is_unresolved(subnets) else [_arn(access, "subnet", name, owner) for name in subnets]
        )
        access.allow(
            ["ec2:CreateNetworkInterface"],
            [interfaces, *in_one_of, *(_arn(access, "security-group", group) for group in groups)],
            wildcard=_NEW_INTERFACES,
        )
        if not in_one_of:
            # The number of subnets is known only at deployment, so there are no ARNs made of their ids. The
            # operator allows requests in which EC2 sends no subnet's id.
            access.allow(
                ["ec2:CreateNetworkInterface"],
                [_arn(access, "subnet", "*", owner)],
                conditions={"StringEqualsIfExists": {"ec2:SubnetID": subnets}},
                wildcard=_UNKNOWN_SUBNETS,
            )
        access.allow(
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            [interfaces],
            wildcard=_NEW_INTERFACES,
        )
        access.allow(
            [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
            wildcard="EC2's Describe actions know no resources.",
        )
        return {"SecurityGroupIds": groups, "Subnets": subnets}

    @property
    def connectivity(self) -> Sequence[IDependable]:
        """The constructs with the routes of the subnets, which a resource in them must depend on."""
        return self._subnets.connectivity


def _arn(access: RoleAccess, kind: str, name: str, account: str | None = None) -> str:
    stack = stack_of(access.scope)
    return stack.format_arn(service="ec2", resource=kind, resource_name=name, account=account)
