"""Tags, removal policies and protection that are given to a whole stack."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from botocore.exceptions import ClientError
from constructs import Construct, IConstruct

from localcloud import LocalCloud
from tests.end_to_end.support_account import created, make_role, recorded_jobs
from tests.end_to_end.support_project import STACK, Build, Project, reasons
from tests.end_to_end.support_stacks import FP8, add_job, one_job
from tests.end_to_end.support_waiting import advance, settle

_RETAIN = cdk.RemovalPolicy.RETAIN
_TWO_HOURS = 7_200


def _beside_a_failure(cloud: LocalCloud, **props: Any) -> Build:
    """A job that never ends, and a resource that fails when it has been started."""
    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")
    cloud.optimization_jobs.never_finish()

    def build(stack: cdk.Stack) -> None:
        job = add_job(stack, **props)
        ssm.StringParameter(stack, "Sibling", parameter_name="/taken", string_value=job.optimization_job_name)

    return build


def test_tags_of_the_stack_reach_the_job_and_are_updated_in_place(
    cloud: LocalCloud, project: Project
) -> None:
    def tagged(**tags: str) -> None:
        project.synthesize_app(lambda app: one_job()(cdk.Stack(app, STACK, tags=tags)))

    tagged(team="inference", stage="test")
    project.given()
    (job,) = cloud.optimization_jobs.jobs
    assert job.tags == {"team": "inference", "stage": "test"}
    tagged(team="platform")
    project.given()
    assert job.tags == {"team": "platform"}
    assert cloud.optimization_jobs.jobs == [job]


def test_a_job_that_is_kept_outlives_its_stack(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job(removal_policy=_RETAIN))
    assert project.delete().status == "DELETE_COMPLETE"
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]


def test_a_job_that_is_kept_runs_on_when_its_stack_is_deleted_until_it_ends_by_itself(
    cloud: LocalCloud, project: Project
) -> None:
    role_arn = make_role(cloud, "outlives-the-stack")

    def build(stack: cdk.Stack) -> None:
        role = iam.Role.from_role_arn(stack, "Role", role_arn, mutable=False)
        add_job(stack, role=role, removal_policy=_RETAIN)

    cloud.clock.pause()
    project.start_update(build)
    advance(cloud, 300)
    assert list(recorded_jobs(cloud).values()) == ["INPROGRESS"]
    stack = cloud.cloudformation.delete(STACK, wait=False)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    advance(cloud, _TWO_HOURS)
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]


def test_a_job_that_is_kept_is_deleted_with_the_deployment_that_failed(
    cloud: LocalCloud, project: Project
) -> None:
    stack = project.update(_beside_a_failure(cloud, removal_policy=_RETAIN))
    assert stack.status == "ROLLBACK_COMPLETE", reasons(stack)
    assert len(created(cloud)) == 1
    assert recorded_jobs(cloud) == {}


def test_a_job_that_is_kept_does_not_run_on_when_its_replacement_is_rolled_back(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job(removal_policy=_RETAIN))
    (old,) = recorded_jobs(cloud)
    stack = project.update(_beside_a_failure(cloud, removal_policy=_RETAIN, optimization_configs=[FP8]))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    assert len(created(cloud)) == 2
    assert recorded_jobs(cloud) == {old: "COMPLETED"}


@jsii.implements(cdk.IAspect)
class _Keep:
    """Keeps every resource, by the options that CloudFormation itself has."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.RETAIN
            node.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.RETAIN


def test_a_job_in_a_stack_where_everything_is_kept_is_deleted_with_the_deployment_that_failed(
    cloud: LocalCloud, project: Project
) -> None:
    fail = _beside_a_failure(cloud)

    def build(stack: cdk.Stack) -> None:
        fail(stack)
        cdk.Aspects.of(stack).add(_Keep())

    stack = project.update(build)
    assert stack.status == "ROLLBACK_COMPLETE", reasons(stack)
    assert len(created(cloud)) == 1
    assert recorded_jobs(cloud) == {}


def test_a_protected_stack_keeps_its_job(cloud: LocalCloud, project: Project) -> None:
    project.given(one_job())
    client = cloud.client("cloudformation")
    client.update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        client.delete_stack(StackName=STACK)
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]


def test_long_names_deep_in_a_stack_with_a_long_name_deploy(cloud: LocalCloud, project: Project) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "S" * 128)
        scope: Construct = stack
        for level in range(8):
            scope = Construct(scope, f"Level{level}{'x' * 60}")
        add_job(stack, "J" * 200)
        add_job(stack, "K" * 200, optimization_job_name="n" * 63)

    project.synthesize_app(build)
    project.given()
    assert {len(name) for name in recorded_jobs(cloud)} == {63}
    assert project.delete().status == "DELETE_COMPLETE"
    assert recorded_jobs(cloud) == {}
