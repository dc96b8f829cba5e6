"""Where a provider and its jobs may be."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.validation import is_unresolved


def check_environment(provider: IConstruct, job: IConstruct) -> None:
    """Whether the function of a provider can be asked for a job.

    CloudFormation invokes the function of a custom resource in the stack's own Region, and the function makes
    jobs in its own account.

    Raises:
        ValueError: a job of another account or Region than the provider's, as far as both are known.
    """
    ours, theirs = cdk.Stack.of(job), cdk.Stack.of(provider)
    for what, wanted, got in (
        ("account", ours.account, theirs.account),
        ("Region", ours.region, theirs.region),
    ):
        if wanted != got and not is_unresolved(wanted) and not is_unresolved(got):
            raise ValueError(
                f"the provider of {job.node.path} must be in the {what} of the job, {wanted}, got {got} of "
                f"{provider.node.path}: make an OptimizationJobProvider there, or leave provider out"
            )
