"""An app of two stacks: a job, and an endpoint that serves what it makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from localcloud.services.sagemaker.serving.endpoint import Endpoint
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import add_job
from tests.end_to_end.support_waiting import settle

JOBS = "Models"
SERVING = "Serving"

#: What may be left of a stack that serves.
KINDS = ("Model", "EndpointConfig", "Endpoint", "InferenceComponent")

Serve = Callable[[cdk.Stack, optimization.OptimizationJob], optimization.OptimizedEndpoint]


def serve(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    """Serve a job's artifact as the README does."""
    return optimization.OptimizedEndpoint(
        stack, "Endpoint", model=optimization.OptimizedModel(stack, "Model", job=job)
    )


@dataclass(frozen=True)
class Served:
    """An app that serves what its job makes.

    Attributes:
        job: The props of the job.
        serve: Defines the model and the endpoint.
        together: Whether both are in the stack of the job.
    """

    job: dict[str, Any] = field(default_factory=dict)
    serve: Serve = serve
    together: bool = False

    def __call__(self, app: cdk.App) -> None:
        jobs = cdk.Stack(app, JOBS)
        job = add_job(jobs, **self.job)
        stack = jobs if self.together else cdk.Stack(app, SERVING)
        endpoint = self.serve(stack, job)
        cdk.CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)


def deploy_stacks(
    project: Project, build: Callable[[cdk.App], object], *, names: Sequence[str] = (JOBS, SERVING)
) -> dict[str, str]:
    """Deploy the stacks of an app through CloudFormation's API, until one fails.

    Returns:
        The statuses of the stacks that were deployed.
    """
    project.synthesize_stacks(build)
    statuses = {}
    for name in names:
        project.stack_name = name
        statuses[name] = project.update().status
        if (
            not statuses[name].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE"))
            or "ROLLBACK" in statuses[name]
        ):
            break
    return statuses


def given_stacks(project: Project, build: Callable[[cdk.App], object]) -> None:
    """Have an app deployed, successfully, before what the test is about."""
    statuses = deploy_stacks(project, build)
    stack = project.cloud.cloudformation.stack(SERVING)
    assert statuses.get(SERVING) in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), reasons(stack)


def delete_stacks(project: Project) -> None:
    """Delete both stacks through CloudFormation's API."""
    for name in (SERVING, JOBS):
        view = project.cloud.cloudformation.delete(name, wait=False)
        assert settle(project.cloud, view).status == "DELETE_COMPLETE", reasons(view)


def endpoint_of(cloud: LocalCloud, stack: str = SERVING) -> Endpoint:
    """The endpoint of a stack."""
    return cloud.endpoints.endpoint(cloud.cloudformation.stack(stack).outputs["EndpointName"])


def invoke(cloud: LocalCloud, endpoint: Endpoint | None = None, **members: Any) -> dict[str, Any]:
    """The response of an endpoint: which model, image and artifact it serves. Default: the stack's."""
    response = cloud.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=(endpoint or endpoint_of(cloud)).name, Body=b"{}", **members
    )
    body: dict[str, Any] = json.loads(response["Body"].read())
    return body


def serving_resources(cloud: LocalCloud) -> dict[str, int]:
    """How many models, configs, endpoints and components there are."""
    return {kind: len(cloud.endpoints.names(kind)) for kind in KINDS}


def statuses_of(endpoint: Endpoint) -> list[str]:
    """The statuses that an endpoint has had, in their order."""
    return [str(status) for _, status, _ in endpoint.history]
