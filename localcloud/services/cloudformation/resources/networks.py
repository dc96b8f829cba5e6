"""VPCs, and the resources in them and at their edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    pick,
    plain_tags,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical


class NetworkProvider(ApiProvider):
    """An EC2 resource that one call makes and one call deletes.

    Every change but one of its tags makes a new one, unless its class says otherwise.

    Attributes:
        kind: The resource type in a tag specification.
        makes: The operation that makes it.
        member: The member of the response that describes it; the response itself if empty.
        identity: The member of that with its physical id, and the parameter of the operation that deletes it.
        deletes: The operation that deletes it.
        takes: The properties that the operation takes; all but the tags if empty.
    """

    changeable: frozenset[str] | None = frozenset({"Tags"})
    service = "ec2"
    kind: str
    makes: str
    member: str
    identity: str
    deletes: str
    takes: tuple[str, ...] = ()

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        wanted = pick(properties, *self.takes) if self.takes else without(properties, "Tags")
        response = self.call(request, self.makes, **wanted, **self.specification(request))
        made = response[self.member] if self.member else response
        physical_id = str(made[self.identity])
        request.initiated(physical_id)
        self.switch(request, physical_id)
        return Physical(physical_id, properties, self.described(request, made))

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self.switch(request, physical.physical_id)
        wanted, tagged = plain_tags(request), self.tagged_id(physical)
        of_it = [{"Name": "resource-id", "Values": [tagged]}]
        present = self.call(request, "describe_tags", Filters=of_it)["Tags"]
        gone = [{"Key": tag["Key"]} for tag in present if tag["Key"] not in wanted]
        if gone:
            self.call(request, "delete_tags", Resources=[tagged], Tags=gone)
        if wanted:
            self.call(request, "create_tags", Resources=[tagged], Tags=tag_list(wanted))
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, self.deletes, **{self.identity: physical.physical_id})

    def described(self, request: ResourceRequest, made: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return the attributes that Fn::GetAtt reads."""
        return pick(made, *(self.attributes or ()))

    def switch(self, request: ResourceRequest, physical_id: str) -> None:
        """Set the properties that the operation does not take."""

    def tagged_id(self, physical: Physical) -> str:
        """Return the id under which the resource has its tags."""
        return physical.physical_id

    def specification(self, request: ResourceRequest) -> dict[str, Any]:
        """Return the tags as the operations take them."""
        tags = tag_list(plain_tags(request)) if self.taggable else []
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags}]} if tags else {}


class VpcProvider(NetworkProvider):
    """`AWS::EC2::VPC`."""

    changeable = None
    fixed = frozenset({"CidrBlock", "InstanceTenancy"})
    kind, makes, member, identity, deletes = "vpc", "create_vpc", "Vpc", "VpcId", "delete_vpc"
    takes = ("CidrBlock", "InstanceTenancy")
    attributes = frozenset(
        {"VpcId", "CidrBlock", "CidrBlockAssociations", "DefaultSecurityGroup", "DefaultNetworkAcl"}
    )

    def described(self, request: ResourceRequest, made: Mapping[str, Any]) -> dict[str, Any]:
        of_vpc = [{"Name": "vpc-id", "Values": [made["VpcId"]]}]
        groups = self.call(request, "describe_security_groups", Filters=of_vpc)["SecurityGroups"]
        acls = self.call(request, "describe_network_acls", Filters=of_vpc)["NetworkAcls"]
        return {
            **pick(made, "VpcId", "CidrBlock"),
            "CidrBlockAssociations": [
                item["AssociationId"] for item in made.get("CidrBlockAssociationSet", ())
            ],
            "DefaultSecurityGroup": next((g["GroupId"] for g in groups if g["GroupName"] == "default"), ""),
            "DefaultNetworkAcl": next((acl["NetworkAclId"] for acl in acls), ""),
        }

    def switch(self, request: ResourceRequest, physical_id: str) -> None:
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            if name in request.properties:
                value = {name: {"Value": request.properties[name]}}
                self.call(request, "modify_vpc_attribute", VpcId=physical_id, **value)


class SubnetProvider(NetworkProvider):
    """`AWS::EC2::Subnet`."""

    changeable = frozenset({"Tags", "MapPublicIpOnLaunch"})
    kind, makes, member, identity, deletes = "subnet", "create_subnet", "Subnet", "SubnetId", "delete_subnet"
    takes = ("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId")
    attributes = frozenset({"SubnetId", "AvailabilityZone", "VpcId", "CidrBlock"})

    def switch(self, request: ResourceRequest, physical_id: str) -> None:
        if "MapPublicIpOnLaunch" in request.properties:
            value = {"Value": request.properties["MapPublicIpOnLaunch"]}
            self.call(request, "modify_subnet_attribute", SubnetId=physical_id, MapPublicIpOnLaunch=value)


class RouteTableProvider(NetworkProvider):
    """`AWS::EC2::RouteTable`."""

    kind, makes, member = "route-table", "create_route_table", "RouteTable"
    identity, deletes = "RouteTableId", "delete_route_table"
    attributes = frozenset({"RouteTableId"})


class RouteProvider(NetworkProvider):
    """`AWS::EC2::Route`."""

    attributes = frozenset({"CidrBlock"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        self.call(request, "create_route", **properties)
        destination = properties.get("DestinationCidrBlock") or properties.get("DestinationIpv6CidrBlock")
        name = f"{properties['RouteTableId']}|{destination}"
        return Physical(name, properties, {"CidrBlock": destination})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        destinations = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
        which = pick(request.properties, "RouteTableId", *destinations)
        self.call_if_there(request, "delete_route", **which)


class SubnetRouteTableAssociationProvider(NetworkProvider):
    """`AWS::EC2::SubnetRouteTableAssociation`."""

    makes, member, identity = "associate_route_table", "", "AssociationId"
    deletes = "disassociate_route_table"
    attributes = frozenset({"Id"})
    taggable = False

    def described(self, request: ResourceRequest, made: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        return {"Id": made["AssociationId"]}


class InternetGatewayProvider(NetworkProvider):
    """`AWS::EC2::InternetGateway`."""

    kind, makes, member = "internet-gateway", "create_internet_gateway", "InternetGateway"
    identity, deletes = "InternetGatewayId", "delete_internet_gateway"
    attributes = frozenset({"InternetGatewayId"})


class GatewayAttachmentProvider(NetworkProvider):
    """`AWS::EC2::VPCGatewayAttachment`."""

    attributes = frozenset({"AttachmentType"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        internet = "InternetGatewayId" in request.properties
        operation = "attach_internet_gateway" if internet else "attach_vpn_gateway"
        self.call(request, operation, **request.properties)
        kind = "IGW" if internet else "VGW"
        return Physical(f"{kind}|{request.properties['VpcId']}", request.properties, {"AttachmentType": kind})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        internet = "InternetGatewayId" in request.properties
        operation = "detach_internet_gateway" if internet else "detach_vpn_gateway"
        self.call_if_there(request, operation, **request.properties)


class ElasticIpProvider(NetworkProvider):
    """`AWS::EC2::EIP`."""

    kind, makes, member, identity = "elastic-ip", "allocate_address", "", "PublicIp"
    takes = ("Domain",)
    attributes = frozenset({"AllocationId", "PublicIp"})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "release_address", AllocationId=self.tagged_id(physical))

    def tagged_id(self, physical: Physical) -> str:
        return str(physical.attributes.get("AllocationId"))


class NatGatewayProvider(NetworkProvider):
    """`AWS::EC2::NatGateway`."""

    kind, makes, member = "natgateway", "create_nat_gateway", "NatGateway"
    identity, deletes = "NatGatewayId", "delete_nat_gateway"
    attributes = frozenset({"NatGatewayId"})


class VpcEndpointProvider(NetworkProvider):
    """`AWS::EC2::VPCEndpoint`."""

    kind, makes, member, identity = "vpc-endpoint", "create_vpc_endpoint", "VpcEndpoint", "VpcEndpointId"
    attributes = frozenset({"Id", "CreationTimestamp", "DnsEntries", "NetworkInterfaceIds"})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_vpc_endpoints", VpcEndpointIds=[physical.physical_id])

    def described(self, request: ResourceRequest, made: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        entries = made.get("DnsEntries", ())
        return {
            "Id": made["VpcEndpointId"],
            "CreationTimestamp": str(made.get("CreationTimestamp", "")),
            "DnsEntries": [f"{entry.get('HostedZoneId', '')}:{entry['DnsName']}" for entry in entries],
            "NetworkInterfaceIds": list(made.get("NetworkInterfaceIds", ())),
        }
