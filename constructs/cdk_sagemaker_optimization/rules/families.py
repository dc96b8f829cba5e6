"""Instance families."""

from __future__ import annotations

from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType

from .instance_type import GPU_FAMILIES, NEURON_FAMILIES
from .job_view import JobView
from .rule import Rule, Severity
from .sources import API, SDK_COMBINATIONS

_FAMILIES = ", ".join((*GPU_FAMILIES, *NEURON_FAMILIES))


def _newer_family(job: JobView) -> str | None:
    # There is another warning for a type that this library does not know either.
    known = job.instance_type in DeploymentInstanceType.known_values()
    if not known or not job.is_of_newer_family:
        return None
    return (
        f"deployment_instance_type {job.instance_type} is allowed by the API, but SageMaker's own SDK "
        f"optimizes models for {_FAMILIES} only, so what works for {job.family} is not known: try it, or "
        "choose one of these"
    )


RULES = (
    Rule(
        id="newerInstanceFamily",
        severity=Severity.WARNING,
        finds=f"an instance family other than {_FAMILIES}",
        why=(
            "The API accepts it, but SageMaker's own SDK does not. So nobody knows which techniques work "
            "there, and an error is only a warning."
        ),
        sources=(SDK_COMBINATIONS, API),
        problem=_newer_family,
    ),
)
