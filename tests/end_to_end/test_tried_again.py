"""What failed and is tried again: it comes to its end, and nothing is paid for twice."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

from localcloud import LocalCloud
from tests.end_to_end.support_account import answers_to, created, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import FP8, LOCATION, one_job

_DENIED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "sagemaker:DeleteOptimizationJob", "Resource": "*"}],
}


@pytest.mark.promise("Nothing leaks: the delete fails, and is tried again")
def test_a_destroy_that_failed_is_tried_again_and_leaves_nothing(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    project.given(one_job())
    role = _functions_role(cloud, project)
    iam = cloud.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="guardrail", PolicyDocument=json.dumps(_DENIED))

    failed = project.destroy()
    assert not failed.succeeded
    assert project.stack.status == "DELETE_FAILED"
    assert "not authorized to perform: sagemaker:DeleteOptimizationJob" in reasons(project.stack)
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"], "the record is kept for the next try"

    iam.delete_role_policy(RoleName=role, PolicyName="guardrail")
    again = project.destroy()
    assert again.succeeded, again.output
    assert [kind for kind, status in answers_to(cloud, "Job") if (kind, status) == ("Delete", "SUCCESS")]
    assert inventory(cloud) == before


@pytest.mark.promise("Nothing is paid for twice: the deploy fails elsewhere, and is tried again")
def test_a_deploy_that_failed_elsewhere_uses_the_artifact_when_it_is_tried_again(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")

    def with_a_reader(stack: cdk.Stack) -> None:
        job = one_job()(stack)
        ssm.StringParameter(stack, "Reader", parameter_name="/taken", string_value=job.output_location)

    assert project.update(with_a_reader, rollback=False).status == "CREATE_FAILED"
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]

    cloud.client("ssm").delete_parameter(Name="/taken")
    again = project.update(with_a_reader, rollback=False)
    assert again.status == "UPDATE_COMPLETE", reasons(again)
    assert len(created(cloud)) == 1
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]


@pytest.mark.promise(
    "Nothing is paid for twice: an update fails elsewhere after its job completed, and is tried again"
)
def test_an_update_that_was_rolled_back_uses_the_artifact_when_it_is_tried_again(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    project.given(one_job())
    cloud.client("ssm").put_parameter(Name="/taken", Value="-", Type="String")

    def changed(stack: cdk.Stack) -> None:
        job = one_job(optimization_configs=[FP8])(stack)
        ssm.StringParameter(stack, "Reader", parameter_name="/taken", string_value=job.output_location)

    stack = project.update(changed)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    old, new = cloud.optimization_jobs.jobs
    assert recorded_jobs(cloud) == {old.name: "COMPLETED", new.name: "COMPLETED"}

    cloud.client("ssm").delete_parameter(Name="/taken")
    project.given(changed)
    assert len(created(cloud)) == 2
    assert recorded_jobs(cloud) == {new.name: "COMPLETED"}
    assert new.name in parameter(cloud, LOCATION)

    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before


def test_a_rolled_back_create_is_deployed_again_from_nothing(cloud: LocalCloud, project: Project) -> None:
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="out of memory")
    assert not project.deploy(one_job()).succeeded
    assert recorded_jobs(cloud) == {}
    # The CLI deletes what is left of a stack that was never created before it creates it.
    again = project.deploy(one_job())
    assert again.succeeded, again.output
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert len(created(cloud)) == 2


def _functions_role(cloud: LocalCloud, project: Project) -> str:
    (function,) = [
        function
        for function in cloud.client("lambda").list_functions()["Functions"]
        if function["FunctionName"].startswith(project.stack_name)
    ]
    return str(function["Role"].rpartition("/")[2])
