"""Jobs that take longer than CloudFormation waits for one resource."""

from __future__ import annotations

from itertools import pairwise

import aws_cdk as cdk

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import created, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import one_job
from tests.end_to_end.support_waiting import advance

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def test_a_job_of_two_hours_is_waited_for_by_a_relay(cloud: LocalCloud, project: Project) -> None:
    cloud.optimization_jobs.next_job(runtime=2 * _HOUR)
    by_default = optimization.Completion.wait()
    result = project.deploy(one_job(max_runtime=cdk.Duration.hours(3), completion=by_default))
    assert result.succeeded, result.output
    job = cloud.optimization_jobs.jobs[0]
    assert job.ended is not None
    _, *legs = cloud.cloudformation.responses
    minutes = [round((leg.time - job.created) / _MINUTE) for leg in legs]
    # The third leg is the one in which the job ends; those after it have nothing to wait for.
    assert minutes == [55, 110, 121, 121, 121]
    for leg in ("Leg1", "Leg2"):
        assert f"Job/Completion/{leg}" in result.output


def test_a_job_of_five_days_is_waited_for(cloud: LocalCloud, project: Project) -> None:
    five_days = cdk.Duration.days(5)
    cloud.optimization_jobs.next_job(runtime=5 * _DAY - _HOUR)
    data = optimization.TrainingData.from_s3_uri("s3://training/gsm8k/")
    stack = project.given(
        one_job(
            optimization_configs=[optimization.OptimizationConfig.speculative_decoding(training_data=data)],
            deployment_instance_type=optimization.DeploymentInstanceType.ML_G6_24XLARGE,
            max_runtime=five_days,
            completion=optimization.Completion.wait(five_days, poll_interval=cdk.Duration.minutes(55)),
        )
    )
    job = cloud.optimization_jobs.jobs[0]
    assert job.status == "COMPLETED"
    assert job.request["StoppingCondition"] == {"MaxRuntimeInSeconds": 5 * _DAY}
    _, *legs = cloud.cloudformation.responses
    assert len(legs) == 131
    assert max(later.time - earlier.time for earlier, later in pairwise(legs)) <= 56 * _MINUTE
    assert stack.status == "CREATE_COMPLETE"


def test_a_job_that_outlasts_the_waiting_is_stopped_and_names_the_prop_to_raise(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.optimization_jobs.never_finish()
    patience = _wait(minutes=90)
    stack = project.update(one_job(max_runtime=cdk.Duration.hours(10), completion=patience))
    assert stack.status == "ROLLBACK_COMPLETE"
    for text in (
        "is still INPROGRESS after the timeout of its completion",
        "(the last leg of the waiting took 35 min). Raise the timeout of Completion.wait()",
    ):
        assert text in reasons(stack)
    assert [job.status for job in cloud.optimization_jobs.jobs] == ["STOPPED"]
    assert recorded_jobs(cloud) == {}


def test_waiting_longer_or_shorter_touches_only_the_legs_that_come_or_go(
    cloud: LocalCloud, project: Project
) -> None:
    def waiting(hours: int) -> list[str]:
        answered = len(cloud.cloudformation.responses)
        project.given(one_job(completion=_wait(minutes=hours * 60)))
        legs = cloud.cloudformation.responses[answered:]
        return sorted(f"{leg.kind} {leg.logical_id.removeprefix('JobCompletion')[:4]}" for leg in legs)

    project.given(one_job(completion=_wait(minutes=120)))
    # The third leg was the last one until then.
    assert waiting(4) == ["Create Leg4", "Create Leg5", "Update Leg3"]
    # The second leg becomes the last one. So its id has the outputs of the job, and the old id is deleted.
    assert waiting(1) == ["Delete Leg2", "Delete Leg3", "Delete Leg4", "Delete Leg5", "Update Leg2"]
    assert len(created(cloud)) == 1


def test_a_detached_job_is_not_waited_for(cloud: LocalCloud, project: Project) -> None:
    cloud.clock.pause()
    stack = project.start_update(one_job(completion=optimization.Completion.detached()))
    advance(cloud, _MINUTE)
    assert stack.status == "CREATE_COMPLETE"
    assert len(cloud.optimization_jobs.running()) == 1
    advance(cloud, _HOUR)
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]


def _wait(minutes: int) -> optimization.Completion:
    return optimization.Completion.wait(cdk.Duration.minutes(minutes), poll_interval=cdk.Duration.minutes(5))
