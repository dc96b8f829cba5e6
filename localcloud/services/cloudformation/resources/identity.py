"""IAM roles and policies."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    pick,
    plain_tags,
    policy_text,
    retag,
    tag_list,
)
from localcloud.services.cloudformation.stacks import Physical


class RoleProvider(ApiProvider):
    """`AWS::IAM::Role`."""

    service = "iam"
    attributes = frozenset({"Arn", "RoleId"})
    name_property = "RoleName"
    fixed = frozenset({"RoleName", "Path"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name = self.name(request)
        optional = pick(properties, "Path", "Description", "MaxSessionDuration", "PermissionsBoundary")
        role = self.call(
            request,
            "create_role",
            RoleName=name,
            AssumeRolePolicyDocument=policy_text(properties["AssumeRolePolicyDocument"]),
            Tags=tag_list(plain_tags(request)),
            **optional,
        )["Role"]
        request.initiated(name)
        self._grant(request, name)
        return Physical(name, properties, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        properties, name = request.properties, physical.physical_id
        trust = policy_text(properties["AssumeRolePolicyDocument"])
        self.call(request, "update_assume_role_policy", RoleName=name, PolicyDocument=trust)
        described = pick(properties, "Description", "MaxSessionDuration")
        self.call(request, "update_role", RoleName=name, **described)
        if "PermissionsBoundary" in properties:
            boundary = properties["PermissionsBoundary"]
            self.call(request, "put_role_permissions_boundary", RoleName=name, PermissionsBoundary=boundary)
        else:
            self.call_if_there(request, "delete_role_permissions_boundary", RoleName=name)
        self._grant(request, name)
        retag(
            plain_tags(request),
            [tag["Key"] for tag in self.call(request, "list_role_tags", RoleName=name)["Tags"]],
            lambda tags: self.call(request, "tag_role", RoleName=name, Tags=tag_list(tags)),
            lambda keys: self.call(request, "untag_role", RoleName=name, TagKeys=keys),
        )
        return Physical(name, properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        name = physical.physical_id
        if self.call_if_there(request, "get_role", RoleName=name) is None:
            return
        # Only what this resource itself brought: another's policies keep the role from being deleted, as on
        # AWS.
        for policy in request.properties.get("Policies") or ():
            self.call_if_there(request, "delete_role_policy", RoleName=name, PolicyName=policy["PolicyName"])
        for arn in request.properties.get("ManagedPolicyArns") or ():
            self.call_if_there(request, "detach_role_policy", RoleName=name, PolicyArn=arn)
        self.call_if_there(request, "delete_role", RoleName=name)

    def _grant(self, request: ResourceRequest, name: str) -> None:
        policies = {str(policy["PolicyName"]): policy for policy in request.properties.get("Policies") or ()}
        for policy in request.old_properties.get("Policies") or ():
            if policy["PolicyName"] not in policies:
                self.call_if_there(
                    request, "delete_role_policy", RoleName=name, PolicyName=policy["PolicyName"]
                )
        for policy_name, policy in policies.items():
            text = policy_text(policy["PolicyDocument"])
            self.call(request, "put_role_policy", RoleName=name, PolicyName=policy_name, PolicyDocument=text)
        arns = list(request.properties.get("ManagedPolicyArns") or ())
        for arn in request.old_properties.get("ManagedPolicyArns") or ():
            if arn not in arns:
                self.call_if_there(request, "detach_role_policy", RoleName=name, PolicyArn=arn)
        for arn in arns:
            self.call(request, "attach_role_policy", RoleName=name, PolicyArn=arn)


class InlinePolicyProvider(ApiProvider):
    """`AWS::IAM::Policy`: one inline policy in each of its roles, users and groups."""

    service = "iam"
    attributes = frozenset({"Id"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        self._put(request)
        name = f"{request.stack_name[:5]}-{request.logical_id[:4]}-{generated_name('', '', limit=14)[2:]}"
        return Physical(name, request.properties, {"Id": name})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        old, new = request.old_properties, request.properties
        self._put(request)
        for kind in _HOLDERS:
            renamed = old.get("PolicyName") != new["PolicyName"]
            kept = () if renamed else new.get(f"{kind}s") or ()
            self._remove(
                request, kind, old.get("PolicyName"), [h for h in old.get(f"{kind}s") or () if h not in kept]
            )
        return Physical(physical.physical_id, new, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        for kind in _HOLDERS:
            properties = request.properties
            self._remove(request, kind, properties.get("PolicyName"), properties.get(f"{kind}s") or ())

    def _put(self, request: ResourceRequest) -> None:
        properties = request.properties
        text = policy_text(properties["PolicyDocument"])
        for kind in _HOLDERS:
            for holder in properties.get(f"{kind}s") or ():
                names = {f"{kind}Name": holder, "PolicyName": properties["PolicyName"]}
                self.call(request, f"put_{kind.lower()}_policy", **names, PolicyDocument=text)

    def _remove(self, request: ResourceRequest, kind: str, policy: Any, holders: Any) -> None:
        for holder in holders:
            names = {f"{kind}Name": holder, "PolicyName": policy}
            self.call_if_there(request, f"delete_{kind.lower()}_policy", **names)


_HOLDERS = ("Role", "User", "Group")


class ManagedPolicyProvider(ApiProvider):
    """`AWS::IAM::ManagedPolicy`."""

    service = "iam"
    attributes = frozenset({"PolicyArn", "PolicyId", "DefaultVersionId", "AttachmentCount", "IsAttachable"})
    name_property = "ManagedPolicyName"
    name_limit = 128
    fixed = frozenset({"ManagedPolicyName", "Path", "Description"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name, optional = self.name(request), pick(properties, "Path", "Description")
        text = policy_text(properties["PolicyDocument"])
        policy = self.call(request, "create_policy", PolicyName=name, PolicyDocument=text, **optional)[
            "Policy"
        ]
        request.initiated(policy["Arn"])
        self._attach(request, policy["Arn"])
        return Physical(
            policy["Arn"],
            properties,
            {
                "PolicyArn": policy["Arn"],
                "PolicyId": policy["PolicyId"],
                "DefaultVersionId": policy["DefaultVersionId"],
                "AttachmentCount": 0,
                "IsAttachable": True,
            },
        )

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        arn = physical.physical_id
        if request.properties["PolicyDocument"] != request.old_properties.get("PolicyDocument"):
            versions = self.call(request, "list_policy_versions", PolicyArn=arn)["Versions"]
            # A policy can have five versions; the default one cannot go.
            for version in [item for item in versions if not item["IsDefaultVersion"]]:
                self.call(request, "delete_policy_version", PolicyArn=arn, VersionId=version["VersionId"])
            text = policy_text(request.properties["PolicyDocument"])
            self.call(request, "create_policy_version", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        self._attach(request, arn)
        return Physical(arn, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        arn = physical.physical_id
        if self.call_if_there(request, "get_policy", PolicyArn=arn) is None:
            return
        for kind in _HOLDERS:
            self._detach(request, arn, kind, request.properties.get(f"{kind}s") or ())
        for version in self.call(request, "list_policy_versions", PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                self.call(request, "delete_policy_version", PolicyArn=arn, VersionId=version["VersionId"])
        self.call(request, "delete_policy", PolicyArn=arn)

    def _attach(self, request: ResourceRequest, arn: str) -> None:
        for kind in _HOLDERS:
            wanted = request.properties.get(f"{kind}s") or ()
            gone = [holder for holder in request.old_properties.get(f"{kind}s") or () if holder not in wanted]
            self._detach(request, arn, kind, gone)
            for holder in wanted:
                self.call(request, f"attach_{kind.lower()}_policy", **{f"{kind}Name": holder}, PolicyArn=arn)

    def _detach(self, request: ResourceRequest, arn: str, kind: str, holders: Any) -> None:
        for holder in holders:
            self.call_if_there(
                request, f"detach_{kind.lower()}_policy", **{f"{kind}Name": holder}, PolicyArn=arn
            )
