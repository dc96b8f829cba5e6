"""VPCs and what is in them."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.resources.calls import ApiProvider, pick, plain_tags, tag_list
from localcloud.services.cloudformation.resources.provider import ResourceRequest
from localcloud.services.cloudformation.stacks import Physical


class NetworkProvider(ApiProvider):
    """An EC2 resource: every change but one of its tags makes a new one, unless its class knows better.

    Attributes:
        kind: The resource type in a tag specification.
    """

    changeable = frozenset({"Tags"})
    service = "ec2"
    kind: str

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        wanted = plain_tags(request)
        present = self.call(
            request, "describe_tags", Filters=[{"Name": "resource-id", "Values": [self.tagged_id(physical)]}]
        )["Tags"]
        gone = [{"Key": tag["Key"]} for tag in present if tag["Key"] not in wanted]
        if gone:
            self.call(request, "delete_tags", Resources=[self.tagged_id(physical)], Tags=gone)
        if wanted:
            self.call(request, "create_tags", Resources=[self.tagged_id(physical)], Tags=tag_list(wanted))
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def tagged_id(self, physical: Physical) -> str:
        return physical.physical_id

    def specification(self, request: ResourceRequest) -> dict[str, Any]:
        """The tags, as the operations that make something take them."""
        tags = tag_list(plain_tags(request))
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags}]} if tags else {}


class VpcProvider(NetworkProvider):
    """`AWS::EC2::VPC`."""

    fixed = frozenset({"CidrBlock", "InstanceTenancy"})
    kind = "vpc"
    attributes = frozenset(
        {"VpcId", "CidrBlock", "CidrBlockAssociations", "DefaultSecurityGroup", "DefaultNetworkAcl"}
    )

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        wanted = pick(properties, "CidrBlock", "InstanceTenancy")
        vpc = self.call(request, "create_vpc", **wanted, **self.specification(request))["Vpc"]
        vpc_id = vpc["VpcId"]
        request.initiated(vpc_id)
        self._switch(request, vpc_id)
        of_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]
        groups = self.call(request, "describe_security_groups", Filters=of_vpc)["SecurityGroups"]
        acls = self.call(request, "describe_network_acls", Filters=of_vpc)["NetworkAcls"]
        attributes = {
            "VpcId": vpc_id,
            "CidrBlock": vpc["CidrBlock"],
            "CidrBlockAssociations": [
                item["AssociationId"] for item in vpc.get("CidrBlockAssociationSet", ())
            ],
            "DefaultSecurityGroup": next((g["GroupId"] for g in groups if g["GroupName"] == "default"), ""),
            "DefaultNetworkAcl": next((acl["NetworkAclId"] for acl in acls), ""),
        }
        return Physical(vpc_id, properties, attributes)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self._switch(request, physical.physical_id)
        return super().update(request, physical)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_vpc", VpcId=physical.physical_id)

    def _switch(self, request: ResourceRequest, vpc_id: str) -> None:
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            if name in request.properties:
                value = {"Value": request.properties[name]}
                self.call(request, "modify_vpc_attribute", VpcId=vpc_id, **{name: value})


class SubnetProvider(NetworkProvider):
    """`AWS::EC2::Subnet`."""

    changeable = frozenset({"Tags", "MapPublicIpOnLaunch"})
    kind = "subnet"
    attributes = frozenset({"SubnetId", "AvailabilityZone", "VpcId", "CidrBlock"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = pick(request.properties, "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId")
        subnet = self.call(request, "create_subnet", **wanted, **self.specification(request))["Subnet"]
        request.initiated(subnet["SubnetId"])
        self._switch(request, subnet["SubnetId"])
        names = ("SubnetId", "AvailabilityZone", "VpcId", "CidrBlock")
        return Physical(subnet["SubnetId"], request.properties, pick(subnet, *names))

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self._switch(request, physical.physical_id)
        return super().update(request, physical)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_subnet", SubnetId=physical.physical_id)

    def _switch(self, request: ResourceRequest, subnet_id: str) -> None:
        if "MapPublicIpOnLaunch" in request.properties:
            value = {"Value": request.properties["MapPublicIpOnLaunch"]}
            self.call(request, "modify_subnet_attribute", SubnetId=subnet_id, MapPublicIpOnLaunch=value)


class RouteTableProvider(NetworkProvider):
    """`AWS::EC2::RouteTable`."""

    kind = "route-table"
    attributes = frozenset({"RouteTableId"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = pick(request.properties, "VpcId")
        table = self.call(request, "create_route_table", **wanted, **self.specification(request))[
            "RouteTable"
        ]
        return Physical(table["RouteTableId"], request.properties, {"RouteTableId": table["RouteTableId"]})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_route_table", RouteTableId=physical.physical_id)


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
        names = (
            "RouteTableId",
            "DestinationCidrBlock",
            "DestinationIpv6CidrBlock",
            "DestinationPrefixListId",
        )
        self.call_if_there(request, "delete_route", **pick(request.properties, *names))


class SubnetRouteTableAssociationProvider(NetworkProvider):
    """`AWS::EC2::SubnetRouteTableAssociation`."""

    attributes = frozenset({"Id"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        association = self.call(request, "associate_route_table", **request.properties)["AssociationId"]
        return Physical(association, request.properties, {"Id": association})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "disassociate_route_table", AssociationId=physical.physical_id)
