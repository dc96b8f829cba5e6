"""IAM roles and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, pick
from localcloud.services.cloudformation.stacks import Physical

_HOLDERS = ("Role", "User", "Group")


class RoleProvider(ApiProvider):
    """`AWS::IAM::Role`."""

    service, creates, updates, deletes = "iam", "create_role", "update_role", "delete_role"
    member, identity, name_property = "Role", "RoleName", "RoleName"
    takes = (
        "AssumeRolePolicyDocument",
        "Path",
        "Description",
        "MaxSessionDuration",
        "PermissionsBoundary",
    )
    changes = ("Description", "MaxSessionDuration")
    attributes = named(Arn="{Arn}", RoleId="{RoleId}")
    fixed = frozenset({"RoleName", "Path"})
    tagging = ("list_role_tags", "tag_role", "untag_role")
    tagged = named(RoleName="{ref}")

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        properties, which = request.properties, {"RoleName": physical.physical_id}
        trust = properties["AssumeRolePolicyDocument"]
        self.call(request, "update_assume_role_policy", **which, PolicyDocument=trust)
        if boundary := pick(properties, "PermissionsBoundary"):
            self.call(request, "put_role_permissions_boundary", **which, **boundary)
        else:
            self.call_if_there(request, "delete_role_permissions_boundary", **which)
        return super().update(request, physical)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        which = {"RoleName": physical.physical_id}
        if self.call_if_there(request, "get_role", **which) is None:
            return
        # Only what this resource itself brought: another's policies keep the role from being deleted, as on
        # AWS.
        for policy in request.properties.get("Policies") or ():
            self.call_if_there(request, "delete_role_policy", **which, **pick(policy, "PolicyName"))
        for arn in request.properties.get("ManagedPolicyArns") or ():
            self.call_if_there(request, "detach_role_policy", **which, PolicyArn=arn)
        super().delete(request, physical)

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        new, old, which = request.properties, request.old_properties, {"RoleName": physical_id}
        policies = {str(policy["PolicyName"]): policy for policy in new.get("Policies") or ()}
        for policy in old.get("Policies") or ():
            if policy["PolicyName"] not in policies:
                self.call_if_there(request, "delete_role_policy", **which, **pick(policy, "PolicyName"))
        for policy in policies.values():
            self.call(request, "put_role_policy", **which, **policy)
        for arn in _gone(request, "ManagedPolicyArns"):
            self.call_if_there(request, "detach_role_policy", **which, PolicyArn=arn)
        for arn in new.get("ManagedPolicyArns") or ():
            self.call(request, "attach_role_policy", **which, PolicyArn=arn)


class InlinePolicyProvider(ApiProvider):
    """`AWS::IAM::Policy`: one inline policy in each of its roles, users and groups."""

    service = "iam"
    attributes = named(Id="{ref}")
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
            gone = old.get(f"{kind}s") or () if renamed else _gone(request, f"{kind}s")
            self._remove(request, kind, old.get("PolicyName"), gone)
        return Physical(physical.physical_id, new, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        properties = request.properties
        for kind in _HOLDERS:
            self._remove(request, kind, properties.get("PolicyName"), properties.get(f"{kind}s") or ())

    def _put(self, request: ResourceRequest) -> None:
        policy = pick(request.properties, "PolicyName", "PolicyDocument")
        for kind in _HOLDERS:
            for holder in request.properties.get(f"{kind}s") or ():
                self.call(request, f"put_{kind.lower()}_policy", **{f"{kind}Name": holder}, **policy)

    def _remove(self, request: ResourceRequest, kind: str, policy: Any, holders: Any) -> None:
        for holder in holders:
            names = {f"{kind}Name": holder, "PolicyName": policy}
            self.call_if_there(request, f"delete_{kind.lower()}_policy", **names)


class ManagedPolicyProvider(ApiProvider):
    """`AWS::IAM::ManagedPolicy`."""

    service, creates, deletes = "iam", "create_policy", "delete_policy"
    member, ref, identity = "Policy", "{Arn}", "PolicyArn"
    takes = ("PolicyDocument", "Path", "Description")
    name_property = "ManagedPolicyName"
    name_limit = 128
    renamed = named(ManagedPolicyName="PolicyName")
    attributes = named(PolicyArn="{Arn}", PolicyId="{PolicyId}", DefaultVersionId="{DefaultVersionId}")
    fixed = frozenset({"ManagedPolicyName", "Path", "Description"})
    taggable = False

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        document = request.properties["PolicyDocument"]
        if document != request.old_properties.get("PolicyDocument"):
            # A policy can have five versions.
            self._delete_old_versions(request, physical.physical_id)
            wanted = {"PolicyArn": physical.physical_id, "PolicyDocument": document}
            self.call(request, "create_policy_version", **wanted, SetAsDefault=True)
        return super().update(request, physical)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        arn = physical.physical_id
        if self.call_if_there(request, "get_policy", PolicyArn=arn) is None:
            return
        for kind in _HOLDERS:
            self._detach(request, arn, kind, request.properties.get(f"{kind}s") or ())
        self._delete_old_versions(request, arn)
        super().delete(request, physical)

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        for kind in _HOLDERS:
            self._detach(request, physical_id, kind, _gone(request, f"{kind}s"))
            for holder in request.properties.get(f"{kind}s") or ():
                which = {f"{kind}Name": holder, "PolicyArn": physical_id}
                self.call(request, f"attach_{kind.lower()}_policy", **which)

    def _delete_old_versions(self, request: ResourceRequest, arn: str) -> None:
        for version in self.call(request, "list_policy_versions", PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                which = {"PolicyArn": arn, "VersionId": version["VersionId"]}
                self.call(request, "delete_policy_version", **which)

    def _detach(self, request: ResourceRequest, arn: str, kind: str, holders: Any) -> None:
        for holder in holders:
            which = {f"{kind}Name": holder, "PolicyArn": arn}
            self.call_if_there(request, f"detach_{kind.lower()}_policy", **which)


def _gone(request: ResourceRequest, name: str) -> Iterator[Any]:
    """The items of a property that were there before an update."""
    kept = request.properties.get(name) or ()
    return (item for item in request.old_properties.get(name) or () if item not in kept)
