"""A VPC, its subnets and its security groups, as users give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import IDependable

from .kinds import check_construct, check_kind, check_list


@dataclass(frozen=True)
class ChosenSubnets:
    """Subnets of a VPC.

    It has no Availability Zones, because a subnet that was imported by its id raises when it is asked for its
    own, and so does the CDK's ``SelectedSubnets`` with such a subnet in it.
    """

    subnets: Sequence[ec2.ISubnet]
    ids: Sequence[str]
    #: What a request needs before it can leave each of them.
    connectivity: Sequence[IDependable]
    #: Whether the VPC is yet to be looked up.
    is_pending: bool


def select_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection | None) -> ChosenSubnets:
    """The subnets that were asked for. Default: the private ones."""
    if selection is None:
        return _of(vpc.select_subnets())
    if selection.subnets is not None:
        return ChosenSubnets(
            subnets=selection.subnets,
            ids=[subnet.subnet_id for subnet in selection.subnets],
            connectivity=[subnet.internet_connectivity_established for subnet in selection.subnets],
            is_pending=bool(vpc.select_subnets(subnets=[]).is_pending_lookup),
        )
    return _of(
        vpc.select_subnets(
            availability_zones=selection.availability_zones,
            one_per_az=selection.one_per_az,
            subnet_filters=selection.subnet_filters,
            subnet_group_name=selection.subnet_group_name,
            subnet_type=selection.subnet_type,
        )
    )


def _of(selected: ec2.SelectedSubnets) -> ChosenSubnets:
    return ChosenSubnets(
        subnets=selected.subnets,
        ids=selected.subnet_ids,
        connectivity=[selected.internet_connectivity_established],
        is_pending=bool(selected.is_pending_lookup),
    )


def check_network(
    vpc: object | None, vpc_subnets: ec2.SubnetSelection | None, security_groups: Sequence[object] | None
) -> None:
    """
    Raises:
        ValueError: ids or the like, where constructs are due.
    """
    if vpc is not None:
        check_construct("VPC", vpc, "vpc")
    if vpc_subnets is not None:
        check_kind(ec2.SubnetSelection, vpc_subnets, "vpc_subnets", "a SubnetSelection")
        for number, subnet in enumerate(vpc_subnets.subnets or []):
            check_construct("subnet", subnet, f"vpc_subnets.subnets[{number}]")
    if security_groups is not None:
        check_list(security_groups, "security_groups", "a list")
        for number, group in enumerate(security_groups):
            check_construct("security group", group, f"security_groups[{number}]")
