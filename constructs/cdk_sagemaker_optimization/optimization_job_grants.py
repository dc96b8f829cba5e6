"""Permissions on a job and on what it makes."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from .audit import explain_wildcards
from .kinds import check_construct
from .optimization_job_interface import IOptimizationJob
from .role_access import list_conditions
from .s3_location import S3Location


class OptimizationJobGrants:
    """Permissions for other principals than the job's own role."""

    def __init__(
        self,
        job: IOptimizationJob,
        output: S3Location | None,
        encryption_key: kms.IKey | None,
        *,
        arns: Sequence[str],
    ) -> None:
        self._job = job
        self._output = output
        self._encryption_key = encryption_key
        # IAM may see the job's name as it was given, or in lower case.
        self._arns = arns

    def describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal see the job and its status.

        Args:
            grantee: the principal, such as a role or a function.
        """
        return self.actions(grantee, "sagemaker:DescribeOptimizationJob")

    def stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal stop the job.

        Args:
            grantee: the principal, such as a role or a function.
        """
        return self.actions(grantee, "sagemaker:StopOptimizationJob")

    def actions(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Let a principal do any actions on the job.

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
        """Let a principal read the job's artifact, and use its key.

        Args:
            grantee: the principal, such as a role or a function.

        Raises:
            ValueError: a job that was imported without its output location, or whose bucket cannot be told
                from it.
        """
        check_construct("grantee", grantee, "grantee")
        if self._output is None or self._output.bucket_arn is None or self._output.objects_arn is None:
            raise ValueError(
                f"the output bucket of {self._job.node.path} is unknown: import the job with its "
                "output_location, as s3://bucket/prefix/, or grant the access on the bucket itself"
            )
        objects = [f"{self._output.objects_arn}*"]
        grant = iam.Grant.add_to_principal(
            grantee=grantee, actions=["s3:GetObject"], resource_arns=objects
        ).combine(
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=["s3:ListBucket"],
                resource_arns=[self._output.bucket_arn],
                conditions=list_conditions(self._output),
            )
        )
        principal = grantee.grant_principal
        if isinstance(principal, Construct):
            reason = "An artifact is all the files in the job's own folder, and nothing outside of it."
            explain_wildcards(principal, reason, actions=["s3:GetObject"], resources=objects)
        if self._encryption_key is not None:
            return grant.combine(self._encryption_key.grant(grantee, "kms:Decrypt"))
        return grant
