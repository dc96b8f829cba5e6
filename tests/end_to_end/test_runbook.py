"""What docs/runbook.md says to do about a stack that is stuck, done as it says."""

from __future__ import annotations

import json
from typing import Any

from localcloud import LocalCloud
from tests.end_to_end.support_account import created, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import AWQ, FP8, LOCATION, PREFIX, one_job
from tests.end_to_end.support_waiting import settle

_GUARDRAIL = "guardrail"
_JOB = "Custom::SageMakerOptimizationJob"


def _deny(cloud: LocalCloud, role: str, action: str) -> None:
    """Take a permission away, as a policy that somebody adds in an incident."""
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("iam").put_role_policy(RoleName=role, PolicyName=_GUARDRAIL, PolicyDocument=document)


def _allow(cloud: LocalCloud, role: str) -> None:
    cloud.client("iam").delete_role_policy(RoleName=role, PolicyName=_GUARDRAIL)


def _function_role(cloud: LocalCloud) -> str:
    (function,) = cloud.client("lambda").list_functions()["Functions"]
    return str(function["Role"].rpartition("/")[2])


def _logical_id(project: Project, resource_type: str) -> str:
    """The logical id of the only resource of a type."""
    resources: dict[str, Any] = json.loads(project.template.read_text())["Resources"]
    (found,) = (name for name, each in resources.items() if each["Type"] == resource_type)
    return found


def test_a_rollback_that_failed_goes_on_once_its_cause_is_gone_or_without_the_job(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job(optimization_configs=[AWQ]))
    location, jobs, role = parameter(cloud, LOCATION), recorded_jobs(cloud), _function_role(cloud)

    # UPDATE_ROLLBACK_FAILED: correct the cause, and continue.
    _deny(cloud, role, "sagemaker:DescribeOptimizationJob")
    stack = project.update(one_job(optimization_configs=[FP8]))
    assert stack.status == "UPDATE_ROLLBACK_FAILED", reasons(stack)
    assert "not authorized to perform: sagemaker:DescribeOptimizationJob" in reasons(stack)
    _allow(cloud, role)
    cloud.client("cloudformation").continue_update_rollback(StackName=project.stack_name)
    assert settle(cloud, stack).status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    assert recorded_jobs(cloud) == jobs
    assert parameter(cloud, LOCATION) == location

    # If it cannot be corrected: leave the job as it is.
    _deny(cloud, role, "sagemaker:DescribeOptimizationJob")
    assert project.update(one_job(optimization_configs=[FP8])).status == "UPDATE_ROLLBACK_FAILED"
    orphaned = project.run("rollback", project.stack_name, "--orphan", _logical_id(project, _JOB))
    assert orphaned.succeeded, orphaned.output
    assert project.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert recorded_jobs(cloud) == jobs

    # The next deployment is as every other, and the one after that has nothing to pay for.
    _allow(cloud, role)
    project.given(one_job(optimization_configs=[FP8]))
    (new,) = recorded_jobs(cloud)
    assert new in parameter(cloud, LOCATION)
    assert len(created(cloud)) == 2
    assert project.delete().status == "DELETE_COMPLETE"
    assert recorded_jobs(cloud) == {}


def test_a_stack_that_can_only_be_deleted_is_deleted_without_its_job(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="out of memory")
    assert project.update(one_job(), rollback=False).status == "CREATE_FAILED"
    assert list(recorded_jobs(cloud).values()) == ["FAILED"], "the record is kept to look at"

    # ROLLBACK_FAILED can only be deleted.
    role = _function_role(cloud)
    _deny(cloud, role, "sagemaker:DeleteOptimizationJob")
    rolled_back = project.roll_back()
    assert project.stack.status == "ROLLBACK_FAILED", (project.stack.status, rolled_back.output)
    assert "not authorized to perform: sagemaker:DeleteOptimizationJob" in rolled_back.output

    # DELETE_FAILED: delete the rest, and then by hand what is left.
    stack = project.delete()
    assert stack.status == "DELETE_FAILED"
    sagemaker = cloud.client("sagemaker")
    cloud.client("cloudformation").delete_stack(
        StackName=project.stack_name, DeletionMode="FORCE_DELETE_STACK"
    )
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    (left,) = recorded_jobs(cloud)
    # IAM deletes no role that has a policy of somebody else.
    assert inventory(cloud) - before == {f"job {left}", f"role {role}"}
    listed = sagemaker.list_optimization_jobs(NameContains=PREFIX)["OptimizationJobSummaries"]
    assert [job["OptimizationJobName"] for job in listed] == [left], "its name says whose it is"
    sagemaker.delete_optimization_job(OptimizationJobName=left)
    _allow(cloud, role)
    cloud.client("iam").delete_role(RoleName=role)
    assert inventory(cloud) == before


def test_a_job_whose_record_was_deleted_by_hand_runs_again_after_another_trigger(
    cloud: LocalCloud, project: Project
) -> None:
    def job(**props: Any) -> Any:
        return one_job(optimization_configs=[AWQ], **props)

    project.given(job())
    (name,) = recorded_jobs(cloud)
    location = parameter(cloud, LOCATION)
    cloud.client("sagemaker").delete_optimization_job(OptimizationJobName=name)

    # Nothing says where its artifact is, and the parameter takes no empty value.
    changed = project.update(job(tags={"team": "ml"}))
    assert changed.status == "UPDATE_ROLLBACK_FAILED", reasons(changed)
    assert f"{name} no longer exists" in reasons(changed)
    assert parameter(cloud, LOCATION) == location

    # Leave what cannot be rolled back as it is, and run the job again.
    reader = _logical_id(project, "AWS::SSM::Parameter")
    cloud.client("cloudformation").continue_update_rollback(
        StackName=project.stack_name, ResourcesToSkip=[reader]
    )
    assert settle(cloud, changed).status == "UPDATE_ROLLBACK_COMPLETE", reasons(changed)
    assert parameter(cloud, LOCATION) == location
    project.given(job(triggers=["again"], tags={"team": "ml"}))
    (again,) = recorded_jobs(cloud)
    assert again in parameter(cloud, LOCATION)
    assert len(created(cloud)) == 2
    assert project.delete().status == "DELETE_COMPLETE"
