"""A job that was defined elsewhere."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.kinds import check_construct
from cdk_sagemaker_optimization.checks.validation import check, is_placeholder, is_unresolved, plain
from cdk_sagemaker_optimization.facts import stack_of
from cdk_sagemaker_optimization.provider.names import spellings

from .artifact import OptimizationArtifact
from .base import OptimizationJobBase
from .grants import OptimizationJobGrants


class ImportedOptimizationJob(OptimizationJobBase):
    """A job of which only some attributes are known."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        optimization_job_arn: str,
        output_location: str | None,
        output_encryption_key: kms.IKey | None,
    ) -> None:
        _check_arn(optimization_job_arn)
        optimization_job_arn = plain(optimization_job_arn)
        if is_placeholder(optimization_job_arn) and not optimization_job_arn.startswith("arn:"):
            # The CDK will know the name in the next synthesis.
            optimization_job_arn = stack_of(scope).format_arn(
                service="sagemaker", resource="optimization-job", resource_name=optimization_job_arn
            )
        if output_encryption_key is not None:
            check_construct("key", output_encryption_key, "output_encryption_key")
        super().__init__(scope, id, environment_from_arn=optimization_job_arn)
        self._arn = optimization_job_arn
        self._output_location = output_location
        self._location = output = None if output_location is None else S3Location.of_uri(output_location)
        self._encryption_key = output_encryption_key
        self._grants = OptimizationJobGrants(
            self, output, output_encryption_key, arns=spellings(optimization_job_arn)
        )

    @property
    def optimization_job_arn(self) -> str:
        """The job's ARN."""
        return self._arn

    @property
    def optimization_job_name(self) -> str:
        """The job's name."""
        parts = stack_of(self).split_arn(self._arn, cdk.ArnFormat.SLASH_RESOURCE_NAME)
        return parts.resource_name or ""

    @property
    def output_location(self) -> str:
        """S3 URI of the job's artifact.

        Raises:
            ValueError: the job was imported without its output location.
        """
        if self._output_location is None:
            raise ValueError(
                f"the output location of {self.node.path} is unknown: import the job with "
                "from_optimization_job_attributes(…, output_location=…)"
            )
        return self._output_location

    @property
    def grants(self) -> OptimizationJobGrants:
        """Permissions on the job and its artifact."""
        return self._grants

    @property
    def artifact(self) -> OptimizationArtifact:
        """The artifact, for whatever serves it. How the job made it is not known."""
        return OptimizationArtifact(
            job_name=self.optimization_job_name,
            output_location=self._output_location,
            location=self._location,
            encryption_key=self._encryption_key,
            imported=True,
        )

    def _in_events(self) -> dict[str, list[str]]:
        return {contract.JOB_ARN: spellings(self._arn)}


def _check_arn(arn: str) -> None:
    """Check the ARN of a job.

    Raises:
        ValueError: it is the ARN of something else, or has a name that no job can have, such as a pattern.
    """
    check("OptimizationJobArn", arn, "optimization_job_arn")
    if not is_unresolved(arn) and not is_placeholder(arn):
        name = arn.partition(":optimization-job/")[2]
        check("EntityName", name, "the job's name in optimization_job_arn")
