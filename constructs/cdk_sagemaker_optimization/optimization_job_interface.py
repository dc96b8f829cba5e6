"""What every job is to those who use it, wherever it was defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import aws_cdk as cdk

if TYPE_CHECKING:
    from .optimization_job_grants import OptimizationJobGrants


class IOptimizationJob(cdk.IResource, Protocol):
    """An optimization job of Amazon SageMaker."""

    @property
    def optimization_job_name(self) -> str:
        """The job's name."""
        ...

    @property
    def optimization_job_arn(self) -> str:
        """The job's ARN."""
        ...

    @property
    def output_location(self) -> str:
        """S3 URI of the job's artifact: a prefix that ends in a slash, unless the output is ``exact``."""
        ...

    @property
    def grants(self) -> OptimizationJobGrants:
        """Permissions on the job and on what it makes."""
        ...
