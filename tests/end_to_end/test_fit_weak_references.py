"""A stack that reads another one's output weakly (`Fn::GetStackOutput`), as apps of today's `cdk init` do."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import artifact_files, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_stacks import AWQ, FP8, LOCATION, add_job

_WEAK = {"@aws-cdk/core:defaultCrossStackReferences": "weak"}


def _app(config: optimization.OptimizationConfig) -> Callable[[cdk.App], None]:
    """A stack with a job, and one that serves what the job makes."""

    def build(app: cdk.App) -> None:
        job = add_job(cdk.Stack(app, "Models"), optimization_configs=[config])
        serving = cdk.Stack(app, "Serving")
        ssm.StringParameter(serving, "Location", parameter_name=LOCATION, string_value=job.output_location)

    return build


def test_a_weak_reference_names_the_old_job_until_its_stack_is_deployed_with_force(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    project.synthesize_stacks(_app(AWQ), **_WEAK)
    assert "Fn::GetStackOutput" in (project.assembly / "Serving.template.json").read_text()
    deployed = project.run("deploy", "--all", "--require-approval", "never")
    assert deployed.succeeded, deployed.output
    first = parameter(cloud, LOCATION)
    assert "model.safetensors" in artifact_files(cloud, first)
    (old_job,) = recorded_jobs(cloud)

    # The job is replaced, and nothing holds that up.
    project.synthesize_stacks(_app(FP8), **_WEAK)
    project.stack_name = "Models"
    project.given()
    (new_job,) = recorded_jobs(cloud)
    assert new_job != old_job
    assert parameter(cloud, LOCATION) == first
    assert "model.safetensors" in artifact_files(cloud, first)

    # The consumer's template is the same as before, so the CLI sees nothing to do.
    skipped = project.run("deploy", "Serving", "--exclusively")
    assert skipped.succeeded, skipped.output
    assert "(no changes)" in skipped.output
    assert parameter(cloud, LOCATION) == first

    forced = project.run("deploy", "Serving", "--exclusively", "--force")
    assert forced.succeeded, forced.output
    second = parameter(cloud, LOCATION)
    assert second != first
    assert "model.safetensors" in artifact_files(cloud, second)

    for name in ("Serving", "Models"):
        project.delete(name)
    assert inventory(cloud) == before
    assert "model.safetensors" in artifact_files(cloud, first)
