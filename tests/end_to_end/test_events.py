"""A job is followed to its end, whether a deploy waits for it or not, and whoever has a rule hears of it."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_account import created, decisions, inventory, recorded_jobs, running_executions
from tests.end_to_end.support_project import STACK, Build, Project
from tests.end_to_end.support_stacks import add_job, one_job
from tests.end_to_end.support_waiting import advance, settle

_MINUTE, _HOUR = 60, 3600
DETACHED = optimization.Completion.detached()


def heard_of(method: str, **props: Any) -> Build:
    """A stack with a job, and a queue of what happens to it."""

    def build(stack: cdk.Stack) -> None:
        queue = sqs.Queue(stack, "Queue", queue_name="heard")
        getattr(add_job(stack, **props), method)("Rule", target=targets.SqsQueue(queue))

    return build


def heard(cloud: LocalCloud) -> list[dict[str, Any]]:
    """The details of the events that have come into the queue since the last time, oldest first."""
    client = cloud.client("sqs")
    url = client.get_queue_url(QueueName="heard")["QueueUrl"]
    details: list[dict[str, Any]] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            details.append(json.loads(message["Body"])["detail"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(details, key=lambda detail: int(detail["SequenceNumber"]))


def statuses(details: list[dict[str, Any]]) -> list[str]:
    return [detail["OptimizationJobStatus"] for detail in details]


def told(cloud: LocalCloud) -> list[str]:
    return [event.detail["OptimizationJobStatus"] for event in cloud.events.all()]


def test_a_detached_job_is_followed_across_a_later_deploy_to_its_end_hours_after(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.clock.pause()
    cloud.optimization_jobs.next_job(runtime=10 * _HOUR)
    detached = {"completion": DETACHED, "max_runtime": cdk.Duration.days(5)}
    stack = project.start_update(heard_of("on_status_change", **detached))
    advance(cloud, 30 * _MINUTE)
    assert stack.status == "CREATE_COMPLETE"
    assert statuses(heard(cloud)) == ["STARTING", "INPROGRESS"]

    tagged = {**detached, "tags": {"Team": "search"}}
    stack = project.start_update(heard_of("on_status_change", **tagged))
    advance(cloud, _HOUR)
    assert stack.status == "UPDATE_COMPLETE"
    assert len(created(cloud)) == 1
    assert heard(cloud) == []

    advance(cloud, 10 * _HOUR)
    (completed,) = heard(cloud)
    job = cloud.optimization_jobs.jobs[0]
    assert completed["OptimizationJobStatus"] == "COMPLETED"
    assert completed["OptimizationJobArn"] == job.arn
    assert completed["OutputLocation"] == job.request["OutputConfig"]["S3OutputLocation"]
    assert completed["RecommendedInferenceImage"]
    assert running_executions(cloud) == []


def test_a_deploy_that_waits_is_told_as_well(cloud: LocalCloud, project: Project) -> None:
    project.given(heard_of("on_completed"))
    # The deploy and the tracker look each for itself.
    advance(cloud, 2 * _MINUTE)
    assert statuses(heard(cloud)) == ["COMPLETED"]
    assert told(cloud) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_a_failure_is_heard_of_with_its_reason(cloud: LocalCloud, project: Project) -> None:
    cloud.clock.pause()
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="CUDA out of memory", runtime=10 * _MINUTE)
    project.start_update(heard_of("on_failed", completion=DETACHED))
    advance(cloud, _HOUR)
    (failed,) = heard(cloud)
    assert (failed["OptimizationJobStatus"], failed["FailureReason"]) == ("FAILED", "CUDA out of memory")
    assert failed["StackName"] == "Models"


def test_events_that_cannot_be_published_fail_no_deploy(cloud: LocalCloud, project: Project) -> None:
    cloud.events.fail_calls("AccessDeniedException", times=None)
    project.given(one_job())
    advance(cloud, _HOUR)
    assert told(cloud) == []
    assert [line["level"] for line in decisions(cloud) if line["decision"] == "tracked"] == ["ERROR"]


def test_entries_that_are_refused_come_later_and_in_order(cloud: LocalCloud, project: Project) -> None:
    cloud.events.fail_entries(times=5)
    cloud.events.throttle(times=2)
    project.given(heard_of("on_status_change"))
    advance(cloud, _HOUR)
    details = heard(cloud)
    assert statuses(details) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert [event.detail["SequenceNumber"] for event in cloud.events.all()] == [1, 2, 3]


def test_a_rule_keeps_hearing_when_another_job_has_replaced_the_one_before(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(heard_of("on_completed"))
    project.given(heard_of("on_completed", triggers=["again"]))
    advance(cloud, 2 * _MINUTE)
    details = heard(cloud)
    assert statuses(details) == ["COMPLETED", "COMPLETED"]
    assert len({detail["OptimizationJobName"] for detail in details}) == 2


def test_nothing_is_left_of_a_stack_that_is_deleted_while_its_detached_job_runs(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    cloud.clock.pause()
    cloud.optimization_jobs.never_finish()
    project.start_update(one_job(completion=DETACHED))
    advance(cloud, _HOUR)
    assert len(cloud.optimization_jobs.running()) == 1
    stack = cloud.cloudformation.delete(STACK, wait=False)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "DELETE_COMPLETE"
    advance(cloud, 10 * _MINUTE)
    assert recorded_jobs(cloud) == {}
    assert running_executions(cloud) == []
    assert inventory(cloud) == before
