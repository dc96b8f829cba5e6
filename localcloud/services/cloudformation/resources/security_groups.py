"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import pick
from localcloud.services.cloudformation.resources.networks import NetworkProvider
from localcloud.services.cloudformation.stacks import Physical

_EVERYTHING = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def _permission(rule: Mapping[str, Any], peer: str) -> dict[str, Any]:
    """A rule as the API takes it. `peer` is Source or Destination."""
    permission = pick(rule, "IpProtocol", "FromPort", "ToPort")
    described = pick(rule, "Description")
    if "CidrIp" in rule:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **described}]
    if "CidrIpv6" in rule:
        permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **described}]
    if f"{peer}SecurityGroupId" in rule:
        permission["UserIdGroupPairs"] = [{"GroupId": rule[f"{peer}SecurityGroupId"], **described}]
    if f"{peer}PrefixListId" in rule:
        permission["PrefixListIds"] = [{"PrefixListId": rule[f"{peer}PrefixListId"], **described}]
    return permission


class SecurityGroupProvider(NetworkProvider):
    """`AWS::EC2::SecurityGroup`."""

    kind = "security-group"
    attributes = frozenset({"GroupId", "Id", "VpcId"})
    name_property = "GroupName"
    name_limit = 255
    fixed = frozenset({"GroupName", "GroupDescription", "VpcId"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        group_id = self.call(
            request,
            "create_security_group",
            GroupName=self.name(request),
            Description=properties["GroupDescription"],
            **pick(properties, "VpcId"),
            **self.specification(request),
        )["GroupId"]
        request.initiated(group_id)
        self._allow(request, group_id, "ingress", properties.get("SecurityGroupIngress") or ())
        if "SecurityGroupEgress" in properties:
            # A new group lets everything out until it is told otherwise.
            self._revoke(request, group_id, "egress", [_EVERYTHING])
            self._allow(request, group_id, "egress", properties["SecurityGroupEgress"])
        attributes = {"GroupId": group_id, "Id": group_id, "VpcId": properties.get("VpcId", "")}
        return Physical(group_id, properties, attributes)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        old, new, group_id = request.old_properties, request.properties, physical.physical_id
        for direction, name in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
            before = list(old.get(name) or ([_EVERYTHING] if direction == "egress" else []))
            after = list(new.get(name) or ([_EVERYTHING] if direction == "egress" else []))
            self._revoke(request, group_id, direction, [rule for rule in before if rule not in after])
            self._allow(request, group_id, direction, [rule for rule in after if rule not in before])
        return super().update(request, physical)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_security_group", GroupId=physical.physical_id)

    def _allow(self, request: ResourceRequest, group_id: str, direction: str, rules: Any) -> None:
        peer = "Source" if direction == "ingress" else "Destination"
        for rule in rules:
            permissions = [_permission(rule, peer)]
            self.call(
                request, f"authorize_security_group_{direction}", GroupId=group_id, IpPermissions=permissions
            )

    def _revoke(self, request: ResourceRequest, group_id: str, direction: str, rules: Any) -> None:
        peer = "Source" if direction == "ingress" else "Destination"
        for rule in rules:
            permissions = [_permission(rule, peer)]
            which = {"GroupId": group_id, "IpPermissions": permissions}
            self.call_if_there(request, f"revoke_security_group_{direction}", **which)


class SecurityGroupRuleProvider(NetworkProvider):
    """`AWS::EC2::SecurityGroupIngress` and `AWS::EC2::SecurityGroupEgress`."""

    attributes = frozenset({"Id"})
    taggable = False

    def __init__(self, direction: str) -> None:
        self._direction = direction
        self._peer = "Source" if direction == "ingress" else "Destination"

    def create(self, request: ResourceRequest) -> Physical:
        made = self.call(request, f"authorize_security_group_{self._direction}", **self._rule(request))
        rule_id = str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])
        return Physical(rule_id, request.properties, {"Id": rule_id})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        self.call_if_there(request, f"revoke_security_group_{self._direction}", **self._rule(request))

    def _rule(self, request: ResourceRequest) -> dict[str, Any]:
        permissions = [_permission(request.properties, self._peer)]
        return {"GroupId": request.properties["GroupId"], "IpPermissions": permissions}
