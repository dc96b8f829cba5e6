"""What the role of a job is granted, and a warning about what it cannot be granted from here."""

from __future__ import annotations

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

from .encryption_keys import key_behind, key_in_policy
from .role_of_another_stack import policy_for_role_of_another_stack
from .s3_location import Permission, S3Location

_READ = ["s3:GetObject"]
# A job that works in stages, as EAGLE does, reads what the stage before it wrote.
_WRITE = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]


class RoleAccess:
    """Grants a role what one job needs.

    A role whose policies are not this stack's to change, a bucket or key of another account: what must be
    allowed there by somebody else is collected for :meth:`warn_about_missing`.
    """

    def __init__(
        self, scope: Construct, role: iam.IRole, *, strict: bool = False, managed: bool = False
    ) -> None:
        """
        Args:
            scope: the construct of the job.
            role: the role.
            strict: whether the role may list a bucket below a location's prefix only. Default: it may list
                and locate the bucket, as AWS documents it for SageMaker's jobs.
            managed: whether the role's permissions are in managed policies. Default: no.

        Raises:
            ValueError: a role of another account.
        """
        self.scope = scope
        self.role = role
        self._strict = strict
        self._account = cdk.Stack.of(scope).account
        _check_account(scope, role)
        self._missing: list[str] = []
        self._policies: list[IDependable] = []
        self._own_policy = policy_for_role_of_another_stack(scope, role, managed=managed)

    @property
    def policies(self) -> list[IDependable]:
        """The policies with the grants; what needs these must wait for them."""
        return list(self._policies)

    def allow(
        self,
        actions: Sequence[str],
        resources: Sequence[str],
        *,
        conditions: dict[str, Any] | None = None,
        wildcard: str | None = None,
    ) -> None:
        """Let the role do something.

        Args:
            actions: what.
            resources: on what.
            conditions: under which conditions. Default: none.
            wildcard: for an auditor, why one of the resources has a wildcard. Default: none has one.
        """
        statement = iam.PolicyStatement(
            actions=list(actions), resources=list(resources), conditions=conditions
        )
        if not self._add(statement):
            self._missing.append(f"{', '.join(actions)} on {', '.join(map(readable, resources))}")
        if wildcard is not None:
            owner = self._own_policy or self.role
            explain_wildcards(owner, wildcard, actions=actions, resources=resources)

    def read(self, location: S3Location, *, exact: bool = False) -> None:
        """Let the role read the objects under a prefix, or with ``exact`` the one object."""
        reason = "A model or a data set is all the objects under its prefix, and nothing outside of it."
        self._use_objects(location, _READ, exact=exact, wildcard=reason)
        key = location.bucket.encryption_key if location.bucket else None
        if key:
            self.use_key(key, ["kms:Decrypt"])

    def write(self, location: S3Location) -> None:
        """Let the role write the objects under a prefix, and read them again."""
        reason = (
            "A job writes its model to a folder of its own, whose name ends in a fingerprint that is known "
            "only at deployment."
        )
        self._use_objects(location, _WRITE, exact=False, wildcard=reason)

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
        """Name what the role needs and could not be granted."""
        if self._missing:
            role = _name(self.role, self.role.role_arn)
            warn(
                self.scope,
                "roleNotGranted",
                f"the policies of the role {role} cannot be changed from here, so "
                f"make sure that they allow: {'; '.join(self._missing)}",
            )

    def _use_objects(self, location: S3Location, actions: list[str], *, exact: bool, wildcard: str) -> None:
        if location.unnamed is not None:
            warn(
                self.scope,
                "locationNotGranted",
                f"{location.unnamed.why}, so make sure that the job's role may do s3:ListBucket, "
                f"{', '.join(actions)} there, or {location.unnamed.instead}",
            )
            return
        permissions = location.permissions(actions, exact=exact, strict=self._strict)
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
                f"sure that the bucket and the policy of the access point let the job's role do "
                f"s3:GetBucketLocation, s3:ListBucket, {', '.join(actions)}, too",
            )
        if location.widened is not None:
            warn(
                self.scope,
                "prefixWidened",
                f"{readable(location.uri)!r} has letters that IAM takes in no policy, so the job's role may "
                f"do {', '.join(actions)} below {readable(location.widened)!r}, where each * stands for any "
                "letters: give a prefix of Latin letters, if that is more than it should",
            )

    def _use_foreign_bucket(self, bucket: s3.IBucket, permissions: list[Permission]) -> None:
        """Between accounts, the bucket must allow it as well."""
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
        """The role, for the policy of a resource of another account.

        A policy that names a role is refused until there is that role, and the job needs the policy before it
        starts. A condition may name a role that is yet to come.
        """
        conditions = {"ArnEquals": {"aws:PrincipalArn": self.role.role_arn}}
        return iam.AccountPrincipal(self._account).with_conditions(conditions)

    def _add_to_bucket(self, bucket: s3.IBucket, statement: iam.PolicyStatement) -> bool:
        """Add a statement to a bucket's policy, for which the job then waits; say whether it was added."""
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

    def _add(self, statement: iam.PolicyStatement) -> bool:
        """Add a statement to the role's policies, and say whether it takes effect."""
        if self._own_policy is not None:
            self._own_policy.add_statements(statement)
            self._policies.append(self._own_policy)
            return True
        result = self.role.add_to_principal_policy(statement)
        if result.policy_dependable is not None:
            self._policies.append(result.policy_dependable)
        return self._takes_effect(result)

    def _takes_effect(self, result: iam.AddToPrincipalPolicyResult) -> bool:
        if isinstance(self.role, (iam.Role, iam.LazyRole)):
            # It gets the policy, or `iam.Role.customize_roles` took it over and reports what it must be
            # allowed.
            return True
        if isinstance(result.policy_dependable, DependencyGroup):
            # An immutable role accepts every statement and drops it; only the missing policy shows it.
            return False
        return result.statement_added

    def _is_foreign(self, resource: cdk.IResource) -> bool:
        return differ(resource.env.account, self._account)


def _check_account(scope: Construct, role: iam.IRole) -> None:
    """
    Raises:
        ValueError: a role of another account, as far as both are known.
    """
    account = cdk.Stack.of(scope).account
    if differ(role.env.account, account):
        raise ValueError(
            f"the role of {scope.node.path} must be in the account of the job, {account}, got "
            f"{_name(role, role.role_arn)} of {role.env.account}: SageMaker runs a job as a role of the "
            "job's own account, and iam:PassRole does not reach across accounts, so give a role of "
            f"{account}, or leave role out"
        )


def _name(resource: cdk.IResource, name: str) -> str:
    """What a person knows a resource by: its name or ARN, or its path until that has a value."""
    return resource.node.path if is_unresolved(name) else name
