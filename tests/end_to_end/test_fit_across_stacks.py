"""Several stacks, one of which shares what it has with the others."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import artifact_files, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_stacks import AWQ, LOCATION

_NESTED = "/models/nested/location"


def _app(app: cdk.App) -> None:
    """A platform with a bucket, a role and a provider; two stacks on it; a nested one; one that serves."""
    platform = cdk.Stack(app, "Platform")
    shared = optimization.OptimizationBucket(platform, "Bucket")
    role = optimization.OptimizationRole(platform, "Role")
    provider = optimization.OptimizationJobProvider(platform, "Provider")
    jobs = {}
    for name in ("Llama", "Mistral"):
        stack = cdk.Stack(app, name)
        own = optimization.OptimizationBucket(stack, "Bucket")
        jobs[name] = _job(stack, shared, own, role=role, provider=provider)
    nested = cdk.NestedStack(cdk.Stack(app, "Parent"), "Nested")
    inner = _job(nested, shared, shared)
    parent = nested.nested_stack_parent
    assert parent is not None
    ssm.StringParameter(parent, "Location", parameter_name=_NESTED, string_value=inner.output_location)
    serving = cdk.Stack(app, "Serving")
    location = jobs["Llama"].output_location
    ssm.StringParameter(serving, "Location", parameter_name=LOCATION, string_value=location)


def _job(
    stack: cdk.Stack,
    source: optimization.OptimizationBucket,
    output: optimization.OptimizationBucket,
    role: optimization.OptimizationRole | None = None,
    provider: optimization.OptimizationJobProvider | None = None,
) -> optimization.OptimizationJob:
    return optimization.OptimizationJob(
        stack,
        "Job",
        model_source=optimization.ModelSource.from_bucket(source, "model/"),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[AWQ],
        output=optimization.OptimizationOutput.to_bucket(output, "out/"),
        max_runtime=cdk.Duration.hours(1),
        completion=optimization.Completion.wait(poll_interval=cdk.Duration.minutes(5)),
        role=role,
        provider=provider,
    )


def test_stacks_that_share_a_role_and_a_provider_come_and_go_in_any_order(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    project.synthesize_stacks(_app)
    deployed = project.run("deploy", "--all", "--require-approval", "never")
    assert deployed.succeeded, deployed.output
    jobs = recorded_jobs(cloud)
    assert list(jobs.values()) == ["COMPLETED"] * 3
    for name in (LOCATION, _NESTED):
        assert "model.safetensors" in artifact_files(cloud, parameter(cloud, name))

    # One stack that shares leaves, and takes nothing of the other's with it.
    project.delete("Mistral")
    assert [name.partition("--")[0] for name in recorded_jobs(cloud)] == [
        name.partition("--")[0] for name in jobs if not name.startswith("mistral-")
    ]
    destroyed = project.run("destroy", "--all", "--force")
    assert destroyed.succeeded, destroyed.output
    assert recorded_jobs(cloud) == {}
    assert inventory(cloud) == before
