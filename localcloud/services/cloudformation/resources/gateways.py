"""Ways out of a VPC."""

from __future__ import annotations

from localcloud.services.cloudformation.resources.calls import pick, without
from localcloud.services.cloudformation.resources.networks import NetworkProvider
from localcloud.services.cloudformation.resources.provider import ResourceRequest
from localcloud.services.cloudformation.stacks import Physical


class InternetGatewayProvider(NetworkProvider):
    """`AWS::EC2::InternetGateway`."""

    kind = "internet-gateway"
    attributes = frozenset({"InternetGatewayId"})

    def create(self, request: ResourceRequest) -> Physical:
        gateway = self.call(request, "create_internet_gateway", **self.specification(request))[
            "InternetGateway"
        ]
        gateway_id = gateway["InternetGatewayId"]
        return Physical(gateway_id, request.properties, {"InternetGatewayId": gateway_id})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_internet_gateway", InternetGatewayId=physical.physical_id)


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

    kind = "elastic-ip"
    attributes = frozenset({"AllocationId", "PublicIp"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = pick(request.properties, "Domain")
        address = self.call(request, "allocate_address", **wanted, **self.specification(request))
        return Physical(address["PublicIp"], request.properties, pick(address, "AllocationId", "PublicIp"))

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        allocation = physical.attributes.get("AllocationId")
        self.call_if_there(request, "release_address", AllocationId=allocation)

    def tagged_id(self, physical: Physical) -> str:
        return str(physical.attributes["AllocationId"])


class NatGatewayProvider(NetworkProvider):
    """`AWS::EC2::NatGateway`."""

    kind = "natgateway"
    attributes = frozenset({"NatGatewayId"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = without(request.properties, "Tags")
        gateway = self.call(request, "create_nat_gateway", **wanted, **self.specification(request))[
            "NatGateway"
        ]
        gateway_id = gateway["NatGatewayId"]
        return Physical(gateway_id, request.properties, {"NatGatewayId": gateway_id})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_nat_gateway", NatGatewayId=physical.physical_id)


class VpcEndpointProvider(NetworkProvider):
    """`AWS::EC2::VPCEndpoint`."""

    kind = "vpc-endpoint"
    attributes = frozenset({"Id", "CreationTimestamp", "DnsEntries", "NetworkInterfaceIds"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = without(request.properties, "Tags")
        endpoint = self.call(request, "create_vpc_endpoint", **wanted, **self.specification(request))[
            "VpcEndpoint"
        ]
        endpoint_id = endpoint["VpcEndpointId"]
        entries = [
            f"{entry.get('HostedZoneId', '')}:{entry['DnsName']}" for entry in endpoint.get("DnsEntries", ())
        ]
        attributes = {
            "Id": endpoint_id,
            "CreationTimestamp": str(endpoint.get("CreationTimestamp", "")),
            "DnsEntries": entries,
            "NetworkInterfaceIds": list(endpoint.get("NetworkInterfaceIds", ())),
        }
        return Physical(endpoint_id, request.properties, attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_vpc_endpoints", VpcEndpointIds=[physical.physical_id])
