"""The permissions that a job or model needs for its role, and warnings about those that are missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, DependencyGroup, IDependable

from cdk_sagemaker_optimization.audit import explain_wildcards
from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.checks.tokens import readable
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import account_of, once, owner_of

from .encryption_keys import key_behind, key_in_policy
from .own_policy import policy_of_its_own
from .s3_location import Permission, S3Location

_READ = ["s3:GetObject"]
# A job that works in stages, such as EAGLE, reads the output of the stage before.
_WRITE = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
_PUT = ["s3:AbortMultipartUpload", "s3:PutObject"]


class RoleAccess:
    """Grants a role the permissions that one job or model needs.

    The app cannot change the policies of an imported role, nor those of a bucket or key of another account.
    :meth:`warn_about_missing` names the permissions that their owners must grant.
    """

    def __init__(
        self,
        scope: Construct,
        role: iam.IRole,
        *,
        strict: bool = False,
        managed: bool = False,
        apart: bool = False,
        what: str = "job",
    ) -> None:
        """Grant nothing yet.

        Args:
            scope: the construct of the job or model.
            role: the role.
            strict: whether the role may list a bucket only below a location's prefix. Default: no; it may
                list and locate the bucket, as AWS documents for SageMaker's jobs.
            managed: whether the role's permissions are in managed policies. Default: no.
            apart: whether the grants are in a policy of their own, as for a role of another stack, so that
                nothing else that uses the role waits for what they refer to. Default: no.
            what: the kind of the construct, for messages. Default: a job.

        Raises:
            ValueError: the role is one of another account.
        """
        self.scope = scope
        self.role = role
        self.what = what
        self._strict = strict
        self._account = account_of(scope)
        _check_account(scope, role, what)
        self._missing: list[str] = []
        self._policies: list[IDependable] = []
        self._own_policy = policy_of_its_own(scope, role, managed=managed, apart=apart)

    @property
    def policies(self) -> list[IDependable]:
        """The policies with the grants. A resource that needs the grants must depend on them."""
        return list(self._policies)

    @property
    def own_policy(self) -> iam.Policy | iam.ManagedPolicy | None:
        """The policy that holds the grants apart from the role's others. None without one."""
        return self._own_policy

    def allow(
        self,
        actions: Sequence[str],
        resources: Sequence[str],
        *,
        conditions: dict[str, Any] | None = None,
        wildcard: str | None = None,
    ) -> None:
        """Allow the role actions on resources.

        Args:
            actions: the actions.
            resources: the resources.
            conditions: the conditions of the statement. Default: none.
            wildcard: the reason for a wildcard in a resource, for auditors. Default: no resource has one.
        """
        if not self._add(list(actions), list(resources), conditions):
            self._missing.append(f"{', '.join(actions)} on {', '.join(map(readable, resources))}")
        if wildcard is not None:
            owner = self._own_policy or self.role
            explain_wildcards(owner, wildcard, actions=actions, resources=resources)

    def read(self, location: S3Location, *, exact: bool = False) -> None:
        """Let the role read the objects under a prefix, or with ``exact`` the one object."""
        reason = "A model or a data set is all the objects under its prefix, and nothing outside of it."
        self._use_objects(location, _READ, exact=exact, wildcard=reason)
        if location.encryption_key is not None:
            self.use_key(location.encryption_key, ["kms:Decrypt"])

    def write(self, location: S3Location) -> None:
        """Let the role write the objects under a prefix, and read them again."""
        reason = (
            "A job writes its model to a folder of its own, whose name ends in a fingerprint that is known "
            "only at deployment."
        )
        self._use_objects(location, _WRITE, exact=False, wildcard=reason)

    def put(self, location: S3Location, *, wildcard: str) -> None:
        """Let the role write new objects under a prefix, and nothing more.

        Args:
            location: the prefix.
            wildcard: the reason why it is not a single object, for auditors.
        """
        self._use_objects(location, _PUT, exact=False, wildcard=wildcard, listing=False)

    def use_key(self, key: kms.IKey, actions: Sequence[str]) -> None:
        """Let the role use a key, which may be given as an alias."""
        named = key_in_policy(key)
        self.allow(actions, [named.arn], conditions=named.conditions, wildcard=named.wildcard)
        key = key_behind(key)
        if self._is_foreign(key):
            statement = iam.PolicyStatement(
                actions=list(actions), resources=["*"], principals=[self._principal()]
            )
            if key.add_to_resource_policy(statement, True).statement_added:
                self._policies.append(key)
            else:
                self._warn_about_owner("keyNotGranted", f"key {_name(key, key.key_arn)}", key, actions)

    def warn_about_missing(self) -> None:
        """Warn about the permissions that the role needs and the app could not grant."""
        if self._missing:
            role = _name(self.role, self.role.role_arn)
            warn(
                self.scope,
                "roleNotGranted",
                f"the policies of the role {role} cannot be changed from here, so "
                f"make sure that they allow: {'; '.join(self._missing)}",
            )

    def _use_objects(
        self,
        location: S3Location,
        actions: list[str],
        *,
        exact: bool,
        wildcard: str,
        listing: bool = True,
    ) -> None:
        if location.unnamed is not None:
            warn(
                self.scope,
                "locationNotGranted",
                f"{location.unnamed.why}, so make sure that the {self.what}'s role may do s3:ListBucket, "
                f"{', '.join(actions)} there, or {location.unnamed.instead}",
            )
            return
        permissions = location.permissions(actions, exact=exact, strict=self._strict)
        if not listing and len(permissions) > 1:
            permissions = permissions[1:]
        for permission in permissions:
            self.allow(
                permission.actions,
                permission.resources,
                conditions=permission.conditions,
                wildcard=wildcard if any("*" in resource for resource in permission.resources) else None,
            )
        self._warn_about_limits(location, actions)
        if location.bucket is not None and self._is_foreign(location.bucket):
            self._use_foreign_bucket(location.bucket, permissions)

    def _warn_about_limits(self, location: S3Location, actions: list[str]) -> None:
        if location.is_access_point:
            warn(
                self.scope,
                "accessPoint",
                f"{readable(location.uri)!r} is behind an access point, whose bucket is not known, so make "
                f"sure that the bucket and the policy of the access point let the {self.what}'s role do "
                f"s3:GetBucketLocation, s3:ListBucket, {', '.join(actions)}, too",
            )
        if location.widened is not None:
            warn(
                self.scope,
                "prefixWidened",
                f"{readable(location.uri)!r} has letters that IAM accepts in no policy, so the {self.what}'s "
                f"role may do {', '.join(actions)} below {readable(location.widened)!r}, where each * stands "
                "for any letters: give a prefix of Latin letters, if that is too much",
            )

    def _use_foreign_bucket(self, bucket: s3.IBucket, permissions: list[Permission]) -> None:
        """Let the policy of a bucket of another account allow the access as well."""
        principals = [self._principal()]
        added = [
            self._add_to_bucket(
                bucket,
                iam.PolicyStatement(
                    actions=permission.actions,
                    resources=permission.resources,
                    conditions=permission.conditions,
                    principals=principals,
                ),
            )
            for permission in permissions
        ]
        if not all(added):
            name = f"bucket {_name(bucket, bucket.bucket_name)}"
            actions = [action for permission in permissions for action in permission.actions]
            self._warn_about_owner("bucketNotGranted", name, bucket, actions)

    def _principal(self) -> iam.IPrincipal:
        """Return the role as a principal for the policy of a resource of another account.

        AWS refuses a policy with a principal that does not exist yet, and the job needs the policy before it
        starts. A condition may name a role that does not exist yet.
        """
        conditions = {"ArnEquals": {"aws:PrincipalArn": self.role.role_arn}}
        return iam.AccountPrincipal(self._account).with_conditions(conditions)

    def _add_to_bucket(self, bucket: s3.IBucket, statement: iam.PolicyStatement) -> bool:
        """Add a statement to a bucket's policy, which the job then depends on; return whether that worked."""
        result = bucket.add_to_resource_policy(statement)
        if result.statement_added and result.policy_dependable is not None:
            self._policies.append(result.policy_dependable)
        return result.statement_added

    def _warn_about_owner(
        self, warning: str, what: str, resource: cdk.IResource, actions: Sequence[str]
    ) -> None:
        role = _name(self.role, self.role.role_arn)
        warn(
            self.scope,
            warning,
            f"the {what} belongs to the account {resource.env.account} and its policy cannot be changed from "
            f"here, so make sure that it lets the role {role} do {', '.join(actions)}",
        )

    def _add(self, actions: list[str], resources: list[str], conditions: dict[str, Any] | None) -> bool:
        """Add a statement to the role's policies, and return whether it takes effect."""
        if self._own_policy is not None:
            self._own_policy.add_statements(
                iam.PolicyStatement(actions=actions, resources=resources, conditions=conditions)
            )
            self._policies.append(self._own_policy)
            return True
        # What jobs that share a role have in common is granted once.
        result = once(
            self.role,
            f"grant {json.dumps([actions, resources, conditions])}",
            lambda: self.role.add_to_principal_policy(
                iam.PolicyStatement(actions=actions, resources=resources, conditions=conditions)
            ),
        )
        if result.policy_dependable is not None:
            self._policies.append(result.policy_dependable)
        return self._takes_effect(result)

    def _takes_effect(self, result: iam.AddToPrincipalPolicyResult) -> bool:
        if isinstance(self.role, (iam.Role, iam.LazyRole)):
            # The role gets the policy, or `iam.Role.customize_roles` replaces the role and reports its
            # permissions.
            return True
        if isinstance(result.policy_dependable, DependencyGroup):
            # An immutable role accepts every statement and drops it. Only the missing policy shows that.
            return False
        return result.statement_added

    def _is_foreign(self, resource: cdk.IResource) -> bool:
        return differ(owner_of(resource), self._account)


def _check_account(scope: Construct, role: iam.IRole, what: str) -> None:
    """Check that a role is in the account of its job or model.

    Raises:
        ValueError: the role is one of another account, as far as both are known.
    """
    account = account_of(scope)
    if differ(owner_of(role), account):
        raise ValueError(
            f"the role of {scope.node.path} must be in the account of the {what}, {account}, got "
            f"{_name(role, role.role_arn)} of {role.env.account}: SageMaker runs a {what} as a role of the "
            f"{what}'s own account, and iam:PassRole does not reach across accounts, so give a role of "
            f"{account}, or leave role out"
        )


def _name(resource: cdk.IResource, name: str) -> str:
    """Return the name or ARN of a resource, or its path if that is known only at deployment."""
    return resource.node.path if is_unresolved(name) else name
