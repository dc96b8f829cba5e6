"""Permissions on a job and its artifact."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import chain

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.access.encryption_keys import key_behind, key_in_policy
from cdk_sagemaker_optimization.access.s3_location import Permission, S3Location
from cdk_sagemaker_optimization.audit import explain_wildcards
from cdk_sagemaker_optimization.checks.accounts import are_same, differ
from cdk_sagemaker_optimization.checks.kinds import check_construct
from cdk_sagemaker_optimization.checks.tokens import readable
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn

_WILDCARD = "An artifact is all the files in the job's own folder, and nothing outside of it."


class OptimizationJobGrants:
    """Permissions for other principals than the job's own role."""

    def __init__(
        self,
        job: cdk.IResource,
        output: S3Location | None,
        encryption_key: kms.IKey | None,
        *,
        arns: Sequence[str],
        in_other_accounts: S3Location | None = None,
    ) -> None:
        """Grant nothing yet.

        Args:
            job: the job.
            output: the location of its artifact. None if it is unknown.
            encryption_key: the key of the artifact. None for a key of AWS.
            arns: the job's ARN in each spelling that IAM may see.
            in_other_accounts: the location without a reference to the job, because the policy of a bucket
                must not wait for a job that writes to the bucket, and policies of other accounts cannot
                refer to the job. Default: ``output``.
        """
        self._job = job
        self._output = output
        # IAM may see the job's name as it was given, or in lower case.
        self._arns = arns
        self._in_other_accounts = in_other_accounts or output
        self._encryption_key = None if encryption_key is None else key_behind(encryption_key)

    def describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow a principal to describe the job.

        Args:
            grantee: the principal, such as a role or a function.
        """
        return self.actions(grantee, "sagemaker:DescribeOptimizationJob")

    def stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow a principal to stop the job.

        Args:
            grantee: the principal, such as a role or a function.
        """
        return self.actions(grantee, "sagemaker:StopOptimizationJob")

    def actions(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow a principal actions on the job.

        Args:
            grantee: the principal, such as a role or a function.
            actions: the actions, such as ``sagemaker:ListTags``.
        """
        check_construct("grantee", grantee, "grantee")
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions),
            resource_arns=list(self._arns),
        )

    def read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow a principal to read the job's artifact, and to use its key.

        For a principal of another account, or one without policies, such as an account, the policies of the
        bucket and the key allow the access as well, as with ``bucket.grant_read``. If the bucket or the key
        is imported, the grant is not successful, and a warning tells what their owner must allow.

        Args:
            grantee: the principal, such as a role or a function.

        Raises:
            ValueError: the job was imported without an output location, or with one that does not show the
                bucket.
        """
        check_construct("grantee", grantee, "grantee")
        output = self._output
        if output is None or output.bucket_arn is None:
            raise ValueError(
                f"the output bucket of {self._job.node.path} is unknown: import the job with its "
                "output_location, as s3://bucket/prefix/, or grant the access on the bucket itself"
            )
        reading = _Reading(self._job, grantee, output, self._in_other_accounts or output)
        return reading.grant(self._encryption_key)


class _Reading:
    """The permissions of one principal to read one artifact."""

    def __init__(
        self,
        job: cdk.IResource,
        grantee: iam.IGrantable,
        output: S3Location,
        in_other_accounts: S3Location,
    ) -> None:
        self._job = job
        self._grantee = grantee
        self._principal = grantee.grant_principal
        self._account = self._principal.principal_account
        self._has_policies = True
        self._closed: list[str] = []
        self._output = output if are_same(job.env.account, self._account) else in_other_accounts

    def grant(self, key: kms.IKey | None) -> iam.Grant:
        """Grant all permissions, or warn and return a grant that is not successful."""
        permissions = self._output.permissions(["s3:GetObject"], strict=True)
        grants = [self._read(permission) for permission in permissions]
        if key is not None:
            grants.append(self._decrypt(key))
        if not self._closed:
            return reduce(lambda all_of_them, grant: all_of_them.combine(grant), grants)
        warn(
            self._job,
            "outputNotOpened",
            "the policies of the output's bucket and key cannot all be changed from here, so make sure that "
            f"they let {self._name()} do: {'; '.join(self._closed)}",
        )
        return iam.Grant.drop(self._grantee, "the owner of the output must grant it")

    def _read(self, permission: Permission) -> iam.Grant:
        bucket = self._output.bucket
        grant = self._allow(permission)
        if bucket is None:
            self._check(permission, self._job.env.account)
            return grant
        if grant.success and are_same(bucket.env.account, self._account):
            return grant
        statement = iam.PolicyStatement(
            actions=permission.actions,
            resources=permission.resources,
            conditions=permission.conditions,
            principals=[self._principal],
        )
        if not bucket.add_to_resource_policy(statement).statement_added:
            self._check(permission, bucket.env.account)
            return grant
        # This grant knows the policy that others must wait for. The CDK would leave the condition out, so a
        # statement with one stays as it was added. A statement that was added twice is rendered once.
        return grant if permission.conditions else self._allow(permission, bucket)

    def _decrypt(self, key: kms.IKey) -> iam.Grant:
        named = key_in_policy(key)
        permission = Permission(["kms:Decrypt"], [named.arn], named.conditions)
        if named.conditions is not None:
            # Without a feature flag, the CDK grants nothing on an imported alias.
            grant = self._allow(permission, wildcard=named.wildcard)
            self._check(permission, key.env.account)
            return grant
        grant = key.grant(self._grantee, *permission.actions)
        if self._is_elsewhere(key.env.account):
            statement = iam.PolicyStatement(
                actions=permission.actions, resources=["*"], principals=[self._principal]
            )
            if not key.add_to_resource_policy(statement, True).statement_added:
                self._check(permission, key.env.account)
        return grant

    def _allow(
        self, permission: Permission, bucket: s3.IBucket | None = None, *, wildcard: str | None = None
    ) -> iam.Grant:
        """Add a permission to the principal's own policy, and to the bucket's policy if there is one."""
        if isinstance(self._principal, Construct):
            actions, resources = permission.actions, permission.resources
            explain_wildcards(self._principal, wildcard or _WILDCARD, actions=actions, resources=resources)
        if bucket is not None:
            return iam.Grant.add_to_principal_or_resource(
                grantee=self._grantee,
                actions=permission.actions,
                resource_arns=permission.resources,
                resource=bucket,
            )
        grant = iam.Grant.add_to_principal(
            grantee=self._grantee,
            actions=permission.actions,
            resource_arns=permission.resources,
            conditions=permission.conditions,
        )
        self._has_policies = grant.success
        return grant

    def _check(self, permission: Permission, owner: str) -> None:
        """Note a permission that only the owner of the resource can grant."""
        if self._is_elsewhere(owner):
            resources = ", ".join(map(readable, permission.resources))
            self._closed.append(f"{', '.join(permission.actions)} on {resources}")

    def _is_elsewhere(self, owner: str) -> bool:
        """Tell whether the principal needs more than its own policies."""
        return not self._has_policies or differ(owner, self._account)

    def _name(self) -> str:
        names = ", ".join(chain.from_iterable(self._principal.policy_fragment.principal_json.values()))
        path = self._principal.node.path if isinstance(self._principal, Construct) else readable(names)
        return path if is_unresolved(names) else names
