"""Each alarm goes off when its condition comes, and each change of an endpoint is an event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect
from localcloud.services.sagemaker.serving.endpoint import Endpoint
from tests.end_to_end.support_account import inventory, recorded_jobs
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_serving import (
    SERVING,
    Served,
    delete_stacks,
    deploy_stacks,
    endpoint_of,
    given_stacks,
    invoke,
)
from tests.end_to_end.support_stacks import AWQ, FP8, add_job
from tests.end_to_end.support_waiting import advance, settle

_MINUTE, _HOUR = 60, 3600


def topic_of(stack: cdk.Stack) -> sns.Topic:
    """A topic, and a queue of its messages."""
    topic = sns.Topic(stack, "Topic")
    topic.add_subscription(subscriptions.SqsSubscription(sqs.Queue(stack, "Told", queue_name="told")))
    return topic


def messages(cloud: LocalCloud, queue: str) -> Iterator[dict[str, Any]]:
    """The messages that have come into a queue since the last time."""
    client = cloud.client("sqs")
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    while found := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            yield json.loads(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def told(cloud: LocalCloud) -> list[str]:
    """The descriptions of the alarms that the topic was told of since the last time."""
    return [json.loads(each["Message"])["AlarmDescription"] for each in messages(cloud, "told")]


def on(cloud: LocalCloud) -> set[str]:
    """The descriptions of the alarms that are in ALARM."""
    alarms = cloud.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    return {alarm["AlarmDescription"] for alarm in alarms}


def watched_job(stack: cdk.Stack) -> None:
    """A stack with a job for which nothing waits, its monitoring and the topic."""
    job = add_job(stack, completion=optimization.Completion.detached(), max_runtime=cdk.Duration.hours(2))
    optimization.OptimizationMonitoring(stack, "Monitoring", jobs=[job], notify=topic_of(stack))


def test_a_job_that_waits_runs_long_and_fails_is_told_while_it_does(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    cloud.clock.pause()
    cloud.optimization_jobs.next_job(
        starting=80 * _MINUTE, runtime=115 * _MINUTE, outcome="FAILED", reason="CUDA out of memory"
    )
    stack = project.start_update(watched_job)
    advance(cloud, 50 * _MINUTE)
    assert stack.status == "CREATE_COMPLETE"
    assert told(cloud) == []

    advance(cloud, 20 * _MINUTE)
    assert list(recorded_jobs(cloud).values()) == ["STARTING"]
    assert told(cloud) == ["The optimization job Models/Job has waited 1 hour for an instance"]
    advance(cloud, 40 * _MINUTE)
    assert list(recorded_jobs(cloud).values()) == ["INPROGRESS"]
    assert (on(cloud), told(cloud)) == (set(), [])

    advance(cloud, 80 * _MINUTE)
    assert list(recorded_jobs(cloud).values()) == ["INPROGRESS"]
    assert told(cloud) == ["The optimization job Models/Job has used 80 % of max_runtime"]

    advance(cloud, 30 * _MINUTE)
    assert told(cloud) == ["The optimization job Models/Job failed or was stopped"]
    advance(cloud, _HOUR)
    assert (on(cloud), told(cloud)) == (set(), [])
    assert [
        each["DashboardName"] for each in cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
    ]

    deleted = cloud.cloudformation.delete("Models", wait=False)
    advance(cloud, 10 * _MINUTE)
    assert settle(cloud, deleted).status == "DELETE_COMPLETE"
    assert inventory(cloud) == before
    assert cloud.client("cloudwatch").list_dashboards()["DashboardEntries"] == []


def test_a_job_without_trouble_tells_nobody(cloud: LocalCloud, project: Project) -> None:
    cloud.clock.pause()
    stack = project.start_update(watched_job)
    advance(cloud, 3 * _HOUR)
    assert stack.status == "CREATE_COMPLETE"
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert told(cloud) == []


def watched_endpoints(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    """An endpoint on instances and one with a component, their monitoring, and the topic."""
    model = optimization.OptimizedModel(stack, "Model", job=job)
    endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model)
    component = optimization.OptimizedEndpoint(
        stack,
        "Shared",
        model=model,
        hosting=optimization.Hosting.components(min_memory=cdk.Size.gibibytes(24)),
    )
    optimization.OptimizationMonitoring(
        stack, "Monitoring", endpoints=[endpoint, component], notify=topic_of(stack)
    )
    cdk.CfnOutput(stack, "SharedName", value=component.endpoint_name)
    cdk.CfnOutput(stack, "ComponentName", value=component.inference_component_name)
    return endpoint


def test_an_endpoint_that_fails_is_slow_full_or_without_a_copy_is_told(
    cloud: LocalCloud, project: Project
) -> None:
    given_stacks(project, Served({"optimization_configs": [AWQ]}, watched_endpoints))
    cloud.clock.pause()
    outputs = cloud.cloudformation.stack(SERVING).outputs
    endpoint, shared = endpoint_of(cloud), cloud.endpoints.endpoint(outputs["SharedName"])
    component: dict[str, Any] = {"InferenceComponentName": outputs["ComponentName"]}
    invoke(cloud, endpoint)
    invoke(cloud, shared, **component)
    advance(cloud, 20 * _MINUTE)
    assert told(cloud) == []

    for one, members, name in ((endpoint, {}, "Endpoint optimized"), (shared, component, "Shared")):
        cloud.endpoints.fail_requests(5)
        for _ in range(5):
            with pytest.raises(Exception, match="server error"):
                invoke(cloud, one, **members)
        advance(cloud, 10 * _MINUTE)
        assert told(cloud) == [f"5 or more requests to Serving/{name} ended with a 5XX error"]

    for one, members, name in ((endpoint, {}, "Endpoint optimized"), (shared, component, "Shared")):
        cloud.endpoints.slow_requests(40, times=4)
        for _ in range(4):
            invoke(cloud, one, **members)
            advance(cloud, 5 * _MINUTE)
        assert told(cloud) == [f"The p99 latency of the model of Serving/{name} is 30 seconds or more"]

    on_instances = {"EndpointName": endpoint.name, "VariantName": "optimized"}
    for namespace, metric, dimensions, name in (
        ("/aws/sagemaker/Endpoints", "GPUMemoryUtilization", on_instances, "Endpoint optimized"),
        ("/aws/sagemaker/InferenceComponents", "GPUMemoryUtilizationNormalized", component, "Shared"),
    ):
        for _ in range(4):
            cloud.alarms.put(namespace, metric, dimensions, 99)
            advance(cloud, 5 * _MINUTE)
        assert told(cloud) == [f"The memory of the GPUs of Serving/{name} is 98 % full"]

    cloud.client("sagemaker").update_inference_component_runtime_config(
        **component, DesiredRuntimeConfig={"CopyCount": 0}
    )
    advance(cloud, 10 * _MINUTE)
    for _ in range(4):
        with pytest.raises(Exception, match="has no capacity"):
            invoke(cloud, shared, **component)
        advance(cloud, 5 * _MINUTE)
    assert told(cloud) == ["Requests to Serving/Shared have found no copy for 15 minutes"]
    advance(cloud, 20 * _MINUTE)
    assert (on(cloud), told(cloud)) == (set(), [])
    cloud.clock.resume()


def _heard_of(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    """An endpoint, and a queue for each of its rules."""
    model = optimization.OptimizedModel(stack, "Model", job=job)
    endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model)
    for name in ("status_change", "in_service", "update_failed", "failed", "deployment_change"):
        queue = sqs.Queue(stack, f"{name}_queue", queue_name=name)
        getattr(endpoint, f"on_{name}")(f"On_{name}", target=targets.SqsQueue(queue))
    return endpoint


def _statuses(cloud: LocalCloud, queue: str) -> list[str]:
    found = [each["detail"] for each in messages(cloud, queue)]
    found.sort(key=lambda detail: detail["LastModifiedTime"])
    return [detail["EndpointStatus"] for detail in found]


def _spelled(style: str, *statuses: str) -> list[str]:
    names = {"InService": "IN_SERVICE", "RollingBack": "ROLLING_BACK"}
    return [names.get(each, each.upper()) if style == "IN_SERVICE" else each for each in statuses]


@pytest.mark.parametrize("style", ["IN_SERVICE", "InService"])
def test_each_change_of_an_endpoint_is_heard_of_however_the_event_writes_its_status(
    cloud: LocalCloud, project: Project, style: Literal["IN_SERVICE", "InService"]
) -> None:
    before = inventory(cloud)
    cloud.dialect = Dialect(endpoint_event_statuses=style)
    given_stacks(project, Served({"optimization_configs": [AWQ]}, _heard_of))
    endpoint: Endpoint = endpoint_of(cloud)
    # The rules are there before the endpoint.
    assert _statuses(cloud, "status_change") == _spelled(style, "Creating", "InService")
    assert _statuses(cloud, "in_service") == _spelled(style, "InService")

    cloud.endpoints.fail_health_check(when="update")
    second = Served({"optimization_configs": [FP8]}, _heard_of)
    assert deploy_stacks(project, second)[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    statuses = _statuses(cloud, "status_change")
    assert statuses[:3] == _spelled(style, "Updating", "RollingBack", "InService")
    assert _statuses(cloud, "update_failed") == _spelled(style, "RollingBack")
    assert _statuses(cloud, "failed") == []

    assert deploy_stacks(project, second)[SERVING] == "UPDATE_COMPLETE"
    assert endpoint_of(cloud) is endpoint
    *_, change = [each["detail"] for each in messages(cloud, "deployment_change")]
    assert change["EndpointName"] == endpoint.name
    assert change["PendingDeploymentSummary"]["EndpointConfigName"] == endpoint.config_name

    # The rules may go before the endpoint or after it.
    delete_stacks(project)
    assert inventory(cloud) == before


def test_an_endpoint_that_never_serves_is_heard_of(cloud: LocalCloud, project: Project) -> None:
    cloud.endpoints.fail_health_check(when="create")
    statuses = deploy_stacks(project, Served({"optimization_configs": [AWQ]}, _heard_of))
    assert statuses[SERVING] == "ROLLBACK_COMPLETE"
    failed = [
        event.detail["EndpointStatus"] for event in cloud.events.all() if event.source == "aws.sagemaker"
    ]
    assert failed[:2] == ["CREATING", "FAILED"]
    delivered = {each.rule for each in cloud.events.deliveries if '"FAILED"' in each.input}
    assert any("Onfailed" in rule for rule in delivered)
