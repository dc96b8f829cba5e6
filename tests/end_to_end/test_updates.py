"""Updates that succeed: what runs a new job, what does not, and who sees which artifact when."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import answers_to, artifact_files, created, parameter, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import FP8, LOCATION, PREFIX, add_job, one_job
from tests.end_to_end.support_waiting import settle

_FIVE_MINUTES = 300


def test_a_changed_job_runs_anew_and_is_used_only_when_it_has_completed(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    (old,) = cloud.optimization_jobs.jobs
    old_location = parameter(cloud, LOCATION)
    assert old_location.endswith(f"/llama/{old.name}/")

    stack = project.update_for(_FIVE_MINUTES, one_job(optimization_configs=[FP8]))
    new = cloud.optimization_jobs.jobs[-1]
    assert recorded_jobs(cloud) == {old.name: "COMPLETED", new.name: "INPROGRESS"}
    assert parameter(cloud, LOCATION) == old_location

    cloud.clock.resume()
    assert settle(cloud, stack).status == "UPDATE_COMPLETE"
    assert recorded_jobs(cloud) == {new.name: "COMPLETED"}
    new_location = parameter(cloud, LOCATION)
    assert new_location.endswith(f"/llama/{new.name}/")
    for location in (old_location, new_location):
        assert "model.safetensors" in artifact_files(cloud, location)


def test_the_old_record_goes_only_after_everything_else_has_succeeded(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    (old,) = cloud.optimization_jobs.jobs
    stack = project.given(one_job(optimization_configs=[FP8]))
    (cleanup,) = [event for event in stack.events if event.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"]
    changed = [event.time for event in stack.events if event.status == "UPDATE_COMPLETE"][:-1]
    assert max(changed) <= cleanup.time
    assert old.deleted is not None
    assert old.deleted >= int(cleanup.time.timestamp())
    assert answers_to(cloud, "Job")[-1] == ("Delete", "SUCCESS")


@pytest.mark.promise("Nothing is paid for twice: a change does not concern the artifact")
def test_tags_of_the_stack_are_updated_in_place(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job(tags={"model": "llama", "stage": "test"}))
    answered = len(cloud.cloudformation.responses)

    def tagged(stack: cdk.Stack) -> None:
        one_job(tags={"model": "llama"})(stack)
        cdk.Tags.of(stack).add("team", "inference")

    project.given(tagged)
    assert len(created(cloud)) == 1
    (job,) = cloud.optimization_jobs.jobs
    assert job.tags == {"model": "llama", "team": "inference"}
    assert [(answer.kind, answer.logical_id[:3]) for answer in cloud.cloudformation.responses[answered:]] == [
        ("Update", "Job")
    ]


@pytest.mark.promise("Nothing is paid for twice: a change does not concern the artifact")
def test_how_a_job_ran_changes_without_a_new_job(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job())
    (job,) = cloud.optimization_jobs.jobs
    location = parameter(cloud, LOCATION)

    def changed(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc.from_vpc_attributes(
            stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
        )
        one_job(
            role=optimization.OptimizationRole(stack, "Role"),
            max_instance_count=2,
            max_runtime=cdk.Duration.hours(3),
            max_pending_time=cdk.Duration.hours(2),
            vpc=vpc,
            security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")],
            completion=optimization.Completion.wait(
                cdk.Duration.hours(1), poll_interval=cdk.Duration.minutes(1)
            ),
        )(stack)

    project.given(changed)
    assert len(created(cloud)) == 1
    assert recorded_jobs(cloud) == {job.name: "COMPLETED"}
    assert parameter(cloud, LOCATION) == location


def test_whatever_decides_what_a_job_makes_runs_a_new_one(cloud: LocalCloud, project: Project) -> None:
    changes: dict[str, object] = {
        "model_source": optimization.ModelSource.from_s3_uri("s3://models/llama-2/"),
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G5_12XLARGE,
        "optimization_configs": [FP8],
        "optimization_environment": {"OPTION_MAX_MODEL_LEN": "4096"},
        "output": optimization.OptimizationOutput.to_s3_uri("s3://elsewhere/llama/"),
        "triggers": ["2026-11"],
        "optimization_job_name": "llama",
    }
    cloud.optimization_jobs.allow_foreign_buckets()
    project.given(one_job())
    names = [cloud.optimization_jobs.jobs[0].name]
    for prop, value in changes.items():
        project.given(one_job(**{prop: value}))
        names.append(cloud.optimization_jobs.jobs[-1].name)
        assert len(set(names)) == len(names), f"{prop} ran no new job"
        assert recorded_jobs(cloud) == {names[-1]: "COMPLETED"}, f"after the change of {prop}"
    assert len(created(cloud)) == 1 + len(changes)


@pytest.mark.promise("Nothing is paid for twice: a change does not concern the artifact")
def test_an_upgrade_of_the_function_asks_no_resource(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job())
    answered = len(cloud.cloudformation.responses)
    stack = project.upgrade_function()
    assert stack.status == "UPDATE_COMPLETE", reasons(stack)
    (function,) = [name for name in stack.resources if name.startswith("OptimizationJobProviderFunction5")]
    assert stack.history(function)[-1] == "UPDATE_COMPLETE"
    assert len(cloud.cloudformation.responses) == answered
    assert len(created(cloud)) == 1


@pytest.mark.promise("Nothing leaks: the job leaves the stack")
@pytest.mark.parametrize("leaves", ["generated name", "explicit name"])
def test_a_job_that_leaves_the_stack_is_deleted_although_its_permissions_leave_with_it(
    cloud: LocalCloud, project: Project, leaves: str
) -> None:
    def both(stack: cdk.Stack) -> None:
        one_job()(stack)
        add_job(stack, "Other", optimization_job_name="other" if leaves == "explicit name" else None)

    project.given(both)
    assert len(recorded_jobs(cloud)) == 2
    project.given(one_job())
    (left,) = recorded_jobs(cloud)
    assert left.startswith(PREFIX)
    assert len(created(cloud)) == 2
    assert answers_to(cloud, "Other")[-1] == ("Delete", "SUCCESS")
