"""Checks of a VPC, its subnets and its security groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import IDependable

from .kinds import check_construct, check_kind, check_list


@dataclass(frozen=True)
class ChosenSubnets:
    """Subnets of a VPC.

    The class has no Availability Zones, because a subnet that was imported by its id has none: reading them
    raises, also for the CDK's ``SelectedSubnets`` with such a subnet.
    """

    subnets: Sequence[ec2.ISubnet]
    ids: Sequence[str]
    #: The constructs that a request needs before it can leave the subnets.
    connectivity: Sequence[IDependable]
    #: True if the CDK has yet to look up the VPC.
    is_pending: bool


def select_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection | None) -> ChosenSubnets:
    """Return the selected subnets. Default: the private ones."""
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
    """Check the network of a job or a function.

    Raises:
        ValueError: a value is no construct, such as an id.
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
