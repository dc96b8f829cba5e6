"""What docs/runbook.md says to do about a stack that is stuck, done as it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import created, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_serving import JOBS, SERVING, Served, deploy_stacks, endpoint_of, invoke
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


_TAGGED = {"tags": {"team": "ml"}}
_OTHER_TIMEOUT = {"completion": optimization.Completion.wait(timeout=cdk.Duration.hours(2))}


def _delete_record(cloud: LocalCloud) -> str:
    """Delete the only job's record by hand, and return the job's name."""
    (name,) = recorded_jobs(cloud)
    cloud.client("sagemaker").delete_optimization_job(OptimizationJobName=name)
    return name


def _with_facts(stack: cdk.Stack, job: optimization.OptimizationJob) -> None:
    """Store everything that is known of a job once it has completed. No parameter can be empty."""
    facts = {
        "image": job.recommended_inference_image,
        "status": job.optimization_job_status,
        "began": job.optimization_start_time,
        "ended": job.optimization_end_time,
    }
    for name, value in facts.items():
        ssm.StringParameter(stack, name, parameter_name=f"/facts/{name}", string_value=value)


def _stack_with_facts(**props: Any) -> Callable[[cdk.Stack], None]:
    return lambda stack: _with_facts(stack, one_job(optimization_configs=[AWQ], **props)(stack))


def _facts(cloud: LocalCloud) -> dict[str, str]:
    found = cloud.client("ssm").get_parameters_by_path(Path="/", Recursive=True)["Parameters"]
    return {each["Name"]: each["Value"] for each in found if "/cdk-bootstrap/" not in each["Name"]}


@pytest.mark.promise(
    "A rollback is a return: what uses the artifact of a job without a record stays as it is"
)
@pytest.mark.parametrize("change", [_TAGGED, _OTHER_TIMEOUT], ids=["the job", "its waiting"])
def test_a_job_whose_record_was_deleted_by_hand_fails_its_update_and_is_left_as_it_is(
    cloud: LocalCloud, project: Project, change: dict[str, Any]
) -> None:
    project.given(_stack_with_facts())
    facts = _facts(cloud)
    assert len(facts) == 5
    name = _delete_record(cloud)

    changed = project.update(_stack_with_facts(**change))
    assert changed.status == "UPDATE_ROLLBACK_COMPLETE", reasons(changed)
    assert f"{name} no longer exists" in reasons(changed)
    assert _facts(cloud) == facts

    # Deployments that change something else go on, and another trigger runs the job again.
    project.given(_stack_with_facts(triggers=["again"], **change))
    (again,) = recorded_jobs(cloud)
    assert again in parameter(cloud, LOCATION)
    assert len(created(cloud)) == 2
    assert project.delete().status == "DELETE_COMPLETE"


@pytest.mark.parametrize("together", [False, True], ids=["two stacks", "one stack"])
def test_a_model_serves_on_after_the_record_of_its_job_was_deleted_by_hand(
    cloud: LocalCloud, project: Project, together: bool
) -> None:
    def app(**props: Any) -> Served:
        return Served({"optimization_configs": [AWQ], **props}, together=together)

    names = [JOBS] if together else [JOBS, SERVING]
    deploy_stacks(project, app(), names=names)
    served, facts = invoke(cloud, endpoint_of(cloud, names[-1])), _facts(cloud)
    name = _delete_record(cloud)

    assert deploy_stacks(project, app(**_TAGGED), names=names) == {JOBS: "UPDATE_ROLLBACK_COMPLETE"}
    assert f"{name} no longer exists" in reasons(cloud.cloudformation.stack(JOBS))
    assert invoke(cloud, endpoint_of(cloud, names[-1])) == served
    assert _facts(cloud) == facts


def test_a_rollback_to_a_job_whose_record_was_deleted_by_hand_keeps_its_artifact_in_use(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(_stack_with_facts())
    facts = _facts(cloud)
    _delete_record(cloud)

    def fails_at_the_end(present: cdk.Stack) -> None:
        _stack_with_facts(triggers=["again"])(present)
        refused = ssm.CfnParameter(present, "Refused", type="Nothing", value="x")
        for child in present.node.children:
            if isinstance(child, ssm.StringParameter):
                refused.node.add_dependency(child)

    failed = project.update(fails_at_the_end)
    assert failed.status == "UPDATE_ROLLBACK_COMPLETE", reasons(failed)
    assert len(created(cloud)) == 2
    assert _facts(cloud) == facts
