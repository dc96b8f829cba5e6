"""A dashboard and alarms for jobs and endpoints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.operations.monitoring_dashboard import check_size, rows_of_alarms
from cdk_sagemaker_optimization.rules import gpus_of
from tests.constructs.operations.test_run_optimization_job import pipeline, run_job
from tests.constructs.rules.support import warnings_at_synthesis
from tests.constructs.serving.endpoint_support import COMPONENTS, make_endpoint, make_model
from tests.constructs.support import flat, make_job, new_app, resources_of, template_of

ALARM = "AWS::CloudWatch::Alarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"

EVERY_ALARM: dict[str, None] = dict.fromkeys(
    [
        "failures",
        "queue_time",
        "max_runtime_share",
        "server_errors",
        "latency_p99",
        "gpu_memory",
        "no_capacity",
    ]
)


def watch(scope: Any, **props: Any) -> optimization.OptimizationMonitoring:
    return optimization.OptimizationMonitoring(scope, "Monitoring", **props)


def alarms_of(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    """The properties of the alarms by their descriptions."""
    found = resources_of(template_of(stack), ALARM).values()
    return {each["Properties"]["AlarmDescription"]: each["Properties"] for each in found}


def facts_of(alarm: dict[str, Any]) -> tuple[Any, ...]:
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    periods = (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["Period"])
    return alarm["Namespace"], alarm["MetricName"], statistic, alarm["Threshold"], periods


def titles_of(stack: cdk.Stack) -> list[str]:
    (dashboard,) = resources_of(template_of(stack), DASHBOARD).values()
    return re.findall(r'"title":"([^"]*)"', flat(dashboard["Properties"]["DashboardBody"]))


def refusal(stack: cdk.Stack | None = None, **props: Any) -> str:
    with pytest.raises(ValueError, match=r".") as error:
        watch(stack or cdk.Stack(), **props)
    return str(error.value)


def test_a_job_has_three_alarms() -> None:
    stack = cdk.Stack(new_app(), "models")
    monitoring = watch(stack, jobs=[make_job(stack, "Llama")])

    alarms = alarms_of(stack)
    assert {says: facts_of(alarm) for says, alarm in alarms.items()} == {
        "The optimization job models/Llama failed or was stopped": (
            *("SageMakerOptimizationJobs", "Failures", "Sum", 1),
            (1, 2, 900),
        ),
        "The optimization job models/Llama has waited 1 hour for an instance": (
            *("SageMakerOptimizationJobs", "CurrentQueueTime", "Maximum", 3600),
            (1, 2, 300),
        ),
        "The optimization job models/Llama has used 80 % of max_runtime": (
            *("SageMakerOptimizationJobs", "CurrentMaxRuntimeShare", "Maximum", 80),
            (1, 2, 300),
        ),
    }
    for alarm in alarms.values():
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"
        assert "AlarmActions" not in alarm
        assert "AlarmName" not in alarm
    assert len(monitoring.alarms) == 3


def test_a_variant_has_three_alarms_and_a_component_four() -> None:
    stack = cdk.Stack(new_app(), "models")
    watch(
        stack,
        endpoints=[
            make_endpoint(stack, "Chat", endpoint_name="chat"),
            make_endpoint(stack, "Shared", hosting=COMPONENTS),
        ],
    )

    alarms = alarms_of(stack)
    assert {says: facts_of(alarm) for says, alarm in alarms.items()} == {
        "5 or more requests to models/Chat optimized ended with a 5XX error": (
            *("AWS/SageMaker", "Invocation5XXErrors", "Sum", 5),
            (1, 1, 300),
        ),
        "The p99 latency of the model of models/Chat optimized is 30 seconds or more": (
            *("AWS/SageMaker", "ModelLatency", "p99", 30_000_000),
            (3, 3, 300),
        ),
        "The memory of the GPUs of models/Chat optimized is 98 % full": (
            *("/aws/sagemaker/Endpoints", "GPUMemoryUtilization", "Maximum", 98),
            (3, 3, 300),
        ),
        "5 or more requests to models/Shared ended with a 5XX error": (
            *("AWS/SageMaker", "Invocation5XXErrors", "Sum", 5),
            (1, 1, 300),
        ),
        "The p99 latency of the model of models/Shared is 30 seconds or more": (
            *("AWS/SageMaker", "ModelLatency", "p99", 30_000_000),
            (3, 3, 300),
        ),
        "The memory of the GPUs of models/Shared is 98 % full": (
            *("/aws/sagemaker/InferenceComponents", "GPUMemoryUtilizationNormalized", "Maximum", 98),
            (3, 3, 300),
        ),
        "Requests to models/Shared have found no copy for 15 minutes": (
            *("AWS/SageMaker", "NoCapacityInvocationFailures", "Sum", 1),
            (3, 3, 300),
        ),
    }
    dimensions = {
        each["Name"] for each in alarms[next(says for says in alarms if "Shared" in says)]["Dimensions"]
    }
    assert dimensions == {"InferenceComponentName"}


def test_every_variant_that_there_is_by_then_is_watched() -> None:
    stack = cdk.Stack(new_app(), "models")
    endpoint = make_endpoint(stack, "Chat")
    endpoint.add_variant("challenger", model=make_model(stack, "Challenger"))
    watch(stack, endpoints=[endpoint])

    names = {
        each["Value"]
        for alarm in alarms_of(stack).values()
        for each in alarm["Dimensions"]
        if each["Name"] == "VariantName"
    }
    assert names == {"optimized", "challenger"}
    assert "models/Chat challenger: requests" in titles_of(stack)


def test_jobs_of_a_pipeline_are_watched_by_the_id_of_their_state() -> None:
    stack = cdk.Stack(new_app(), "models")
    job = run_job(stack)
    pipeline(stack, job)
    watch(stack, jobs=[job])

    for alarm in alarms_of(stack).values():
        assert {"Name": "LogicalResourceId", "Value": job.logical_resource_id} in alarm["Dimensions"]


def test_each_alarm_has_its_threshold_and_none_leaves_it_out() -> None:
    stack = cdk.Stack(new_app(), "models")
    watched: dict[str, Any] = {
        "jobs": [make_job(stack)],
        "endpoints": [make_endpoint(stack, "Shared", hosting=COMPONENTS)],
    }
    thresholds: dict[str, Any] = {
        "failures": (3, "Failures", 3),
        "queue_time": (cdk.Duration.minutes(90), "CurrentQueueTime", 5400),
        "max_runtime_share": (99.5, "CurrentMaxRuntimeShare", 99.5),
        "server_errors": (7, "Invocation5XXErrors", 7),
        "latency_p99": (cdk.Duration.millis(250), "ModelLatency", 250_000),
        "gpu_memory": (90, "GPUMemoryUtilizationNormalized", 90),
        "no_capacity": (20, "NoCapacityInvocationFailures", 20),
    }
    for prop, (value, _, _) in thresholds.items():
        monitoring = optimization.OptimizationMonitoring(
            stack, prop, **watched, **{**EVERY_ALARM, prop: value}
        )
        assert len(monitoring.alarms) == 1
    found = [(alarm["MetricName"], alarm["Threshold"]) for alarm in alarms_of(stack).values()]
    assert sorted(found) == sorted((metric, threshold) for _, metric, threshold in thresholds.values())


def test_without_any_alarm_there_is_still_the_dashboard() -> None:
    stack = cdk.Stack(new_app(), "models")
    topic = sns.Topic(stack, "Topic")
    monitoring = watch(stack, jobs=[make_job(stack, "Llama")], notify=topic, **EVERY_ALARM)

    assert monitoring.alarms == ()
    assert titles_of(stack) == [
        "models/Llama: time",
        "models/Llama: share of max_runtime",
        "models/Llama: runs",
    ]
    assert resources_of(template_of(stack), "AWS::SNS::TopicPolicy") == {}


def test_the_dashboard_begins_with_the_alarms_and_has_a_row_for_each() -> None:
    stack = cdk.Stack(new_app(), "models")
    monitoring = watch(
        stack, jobs=[make_job(stack, "Llama")], endpoints=[make_endpoint(stack, "Shared", hosting=COMPONENTS)]
    )
    assert monitoring.dashboard.node.path == "models/Monitoring/Dashboard"
    assert titles_of(stack) == [
        "Alarms",
        "models/Llama: time",
        "models/Llama: share of max_runtime",
        "models/Llama: runs",
        "models/Shared: requests",
        "models/Shared: latency of the model (us)",
        "models/Shared: GPUs (%)",
    ]
    (dashboard,) = resources_of(template_of(stack), DASHBOARD).values()
    assert "DashboardName" not in dashboard["Properties"]


def test_an_asynchronous_endpoint_shows_what_it_publishes() -> None:
    stack = cdk.Stack(new_app(), "models")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inference")
    asynchronous = optimization.AsyncInference.to_bucket(bucket)
    endpoints = [make_endpoint(stack, "Batch", asynchronous=asynchronous), make_endpoint(stack, "Chat")]
    watch(stack, endpoints=endpoints)
    (dashboard,) = resources_of(template_of(stack), DASHBOARD).values()
    shown = {
        widget.partition('"')[0]: re.findall(r'"AWS/SageMaker","(\w+)"', widget)
        for widget in flat(dashboard["Properties"]["DashboardBody"]).split('"title":"')
    }
    errors = ["Invocation4XXErrors", "Invocation5XXErrors"]
    # Neither Invocations nor OverheadLatency is among the metrics of an asynchronous endpoint.
    assert shown["models/Batch optimized: requests"] == [
        "InvocationsProcessed",
        *errors,
        "InvocationFailures",
        "ApproximateBacklogSize",
    ]
    assert shown["models/Chat optimized: requests"] == ["Invocations", *errors]


def test_every_alarm_tells_the_topic_which_lets_cloudwatch_publish() -> None:
    stack = cdk.Stack(new_app(), "models")
    topic = sns.Topic(stack, "Topic")
    watch(stack, jobs=[make_job(stack)], notify=topic)

    for alarm in alarms_of(stack).values():
        assert alarm["AlarmActions"] == [stack.resolve(topic.topic_arn)]
    (policy,) = resources_of(template_of(stack), "AWS::SNS::TopicPolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert flat(statement["Condition"]["ArnLike"]["aws:SourceArn"]).endswith(":alarm:*")
    assert set(statement["Condition"]) == {"ArnLike", "StringEquals"}


def test_the_topic_may_be_from_elsewhere() -> None:
    stack = cdk.Stack(new_app(), "models")
    arn = "arn:aws:sns:us-east-1:111122223333:operators"
    watch(stack, jobs=[make_job(stack)], notify=sns.Topic.from_topic_arn(stack, "Topic", arn))
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms_of(stack).values()} == {(arn,)}


def test_a_topic_of_another_region_is_an_error() -> None:
    here = cdk.Stack(env=cdk.Environment(account="111122223333", region="us-east-1"))
    arn = "arn:aws:sns:eu-west-1:111122223333:operators"
    topic = sns.Topic.from_topic_arn(here, "Topic", arn)
    said = refusal(here, jobs=[make_job(here)], notify=topic)
    assert "notify must be a topic in the Region of Default/Monitoring, us-east-1" in said
    assert "got one in eu-west-1: give a topic of us-east-1" in said


def test_a_topic_of_another_account_is_told_as_well() -> None:
    here = cdk.Stack(env=cdk.Environment(account="111122223333", region="us-east-1"))
    arn = "arn:aws:sns:us-east-1:444455556666:operators"
    watch(here, jobs=[make_job(here)], notify=sns.Topic.from_topic_arn(here, "Topic", arn))
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms_of(here).values()} == {(arn,)}


def test_a_widget_has_at_most_a_hundred_alarms() -> None:
    stack = cdk.Stack(new_app(), "models")
    alarms = [
        cloudwatch.Alarm.from_alarm_arn(
            stack, f"Alarm{number}", f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{number}"
        )
        for number in range(102)
    ]
    cloudwatch.Dashboard(stack, "Dashboard", widgets=rows_of_alarms(alarms))
    (dashboard,) = resources_of(template_of(stack), DASHBOARD).values()
    widgets = json.loads(flat(dashboard["Properties"]["DashboardBody"]))["widgets"]
    parts = [widget for widget in widgets if widget["type"] == "alarm"]
    assert [len(part["properties"]["alarms"]) for part in parts] == [100, 2]
    # The second begins where the first ends.
    assert parts[1]["y"] == parts[0]["y"] + parts[0]["height"]


def test_a_dashboard_has_room_for_five_hundred_widgets() -> None:
    widget: Any = None
    check_size("Monitoring", [[widget] * 250] * 2)
    with pytest.raises(ValueError, match=r"^Monitoring must have at most 500 widgets .* got 501: give some"):
        check_size("Monitoring", [[widget] * 250, [widget] * 251])


def test_a_stack_of_its_own_watches_those_of_others() -> None:
    app = new_app()
    models, serving, monitoring = (cdk.Stack(app, name) for name in ("models", "serving", "monitoring"))
    watch(monitoring, jobs=[make_job(models)], endpoints=[make_endpoint(serving)])

    dimensions = [str(alarm["Dimensions"]) for alarm in alarms_of(monitoring).values()]
    assert sum("'models'" in each for each in dimensions) == 3
    assert sum("Fn::ImportValue" in each for each in dimensions) == 3


@pytest.mark.parametrize(
    ("name", "threshold"), [("ml.g5.2xlarge", 98), ("ml.g5.12xlarge", 392), ("ml.p4d.24xlarge", 784)]
)
def test_the_metric_of_an_instance_adds_up_its_gpus(name: str, threshold: int) -> None:
    stack = cdk.Stack()
    watch(stack, endpoints=[make_endpoint(stack, model=make_model(stack, instance=name))])
    (alarm,) = (each for each in alarms_of(stack).values() if each["MetricName"] == "GPUMemoryUtilization")
    assert alarm["Threshold"] == threshold


@pytest.mark.parametrize("name", ["ml.g9.48xlarge", "ml.p5.7xlarge"])
def test_gpus_of_unknown_number_have_no_alarm_and_a_warning(name: str) -> None:
    stack = cdk.Stack(new_app(), "models")
    endpoint = make_endpoint(stack, model=make_model(stack, instance=name))
    watch(stack, endpoints=[endpoint])

    assert len(alarms_of(stack)) == 2
    ((_, message),) = warnings_at_synthesis(stack)["gpuMemoryNotWatched"]
    assert name in message


def test_no_such_warning_without_the_alarm_or_for_a_component() -> None:
    stack = cdk.Stack(new_app(), "models")
    model = make_model(stack, instance="ml.g9.48xlarge")
    watch(stack, endpoints=[make_endpoint(stack, model=model)], gpu_memory=None)
    optimization.OptimizationMonitoring(
        stack, "Other", endpoints=[make_endpoint(stack, "Shared", model=model, hosting=COMPONENTS)]
    )
    assert "gpuMemoryNotWatched" not in warnings_at_synthesis(stack)


@pytest.mark.parametrize(
    ("name", "gpus"),
    [
        ("ml.g4dn.xlarge", 1),
        ("ml.g5.16xlarge", 1),
        ("ml.g6.24xlarge", 4),
        ("ml.g6e.48xlarge", 8),
        ("ml.p5.4xlarge", 1),
        ("ml.p5en.48xlarge", 8),
        ("ml.p6-b200.48xlarge", 8),
        ("ml.inf2.48xlarge", 0),
        ("ml.m5.large", 0),
        ("ml.g7.48xlarge", None),
        ("ml.p5.2xlarge", None),
        (cdk.Fn.ref("Type"), None),
    ],
)
def test_the_number_of_gpus_is_known_for_what_sagemaker_optimizes_for(name: str, gpus: int | None) -> None:
    assert gpus_of(name) == gpus


def test_an_accelerator_that_is_no_gpu_has_no_alarm_on_gpus() -> None:
    stack = cdk.Stack()
    config = optimization.OptimizationConfig.compilation(environment={"OPTION_TENSOR_PARALLEL_DEGREE": "2"})
    model = make_model(stack, config=config, instance="ml.inf2.8xlarge")
    watch(stack, endpoints=[make_endpoint(stack, model=model)])
    assert {each["MetricName"] for each in alarms_of(stack).values()} == {
        "Invocation5XXErrors",
        "ModelLatency",
    }


def test_nothing_to_watch_is_an_error() -> None:
    assert refusal(jobs=[], endpoints=()) == (
        "Monitoring must have something to watch, got neither jobs nor endpoints: give jobs=[…] or "
        "endpoints=[…]"
    )


@pytest.mark.parametrize(
    ("prop", "value", "says"),
    [
        ("failures", 0, "failures must be a whole number of at least 1, got 0"),
        ("failures", 1.5, "failures must be a whole number of at least 1, got 1.5"),
        ("failures", True, "failures must be a whole number of at least 1, got True"),
        ("queue_time", 60, "queue_time must be a Duration"),
        ("queue_time", cdk.Duration.seconds(0), "queue_time must be at least 1 second, got 0 seconds"),
        ("max_runtime_share", 101, "max_runtime_share must be a percentage of at most 100, got 101"),
        ("max_runtime_share", 0, "max_runtime_share must be a number greater than 0, got 0"),
        ("server_errors", "5", "server_errors must be a whole number of at least 1, got '5'"),
        ("latency_p99", 30, "latency_p99 must be a Duration"),
        (
            "latency_p99",
            cdk.Duration.seconds(0),
            "latency_p99 must be a whole number of milliseconds, 1 or more, got 0 milliseconds",
        ),
        (
            "latency_p99",
            cdk.Duration.millis(0.5),
            "latency_p99 must be a whole number of milliseconds, 1 or more, got 0.5 milliseconds",
        ),
        pytest.param(
            "failures", 10**400, "failures must be a whole number from 1 to 9007199254740991", id="huge"
        ),
        (
            "latency_p99",
            cdk.Duration.seconds(cdk.Token.as_number(cdk.Fn.ref("Latency"))),
            "latency_p99 must be known at synthesis",
        ),
        ("gpu_memory", 400, "gpu_memory must be a percentage of at most 100, got 400"),
        pytest.param(
            "gpu_memory",
            cdk.Token.as_number(cdk.Fn.ref("Memory")),
            "gpu_memory must be known at synthesis",
            id="a token",
        ),
        ("no_capacity", -1, "no_capacity must be a whole number of at least 1, got -1"),
        ("jobs", "job", "jobs must be a list"),
        (
            "jobs",
            ["job"],
            "jobs[0] must be an OptimizationJob or a RunOptimizationJob of this app, got 'job'",
        ),
        ("endpoints", [None], "endpoints[0] must be an OptimizedEndpoint, got None"),
        ("notify", "arn:aws:sns:us-east-1:111122223333:operators", "notify must be a topic"),
    ],
)
def test_wrong_input_is_an_error(prop: str, value: Any, says: str) -> None:
    stack = cdk.Stack()
    assert refusal(stack, **{"jobs": [make_job(stack)], prop: value}).startswith(says)


def test_an_imported_job_has_no_metrics() -> None:
    stack = cdk.Stack()
    job = optimization.OptimizationJob.from_optimization_job_name(stack, "Imported", "one")
    assert "jobs[0] must be an OptimizationJob" in refusal(stack, jobs=[job])


def test_a_job_or_an_endpoint_that_is_given_twice_is_an_error() -> None:
    stack = cdk.Stack(new_app(), "models")
    job, endpoint = make_job(stack, "Llama"), make_endpoint(stack, "Chat")
    assert refusal(stack, jobs=[job, job]) == (
        "jobs must have models/Llama once, got it twice: leave out jobs[1]"
    )
    assert "endpoints must have models/Chat once" in refusal(stack, endpoints=[endpoint, endpoint])


@pytest.mark.parametrize("there", [("111122223333", "eu-west-1"), ("444455556666", "us-east-1")])
def test_a_job_of_another_account_or_region_is_an_error(there: tuple[str, str]) -> None:
    app = new_app()
    models = cdk.Stack(app, "models", env=cdk.Environment(account=there[0], region=there[1]))
    here = cdk.Stack(app, "here", env=cdk.Environment(account="111122223333", region="us-east-1"))
    said = refusal(here, jobs=[make_job(models, "Llama")])
    assert "here/Monitoring must be in the" in said
    assert "models/Llama" in said


def test_numbers_may_be_known_at_deployment_only() -> None:
    stack = cdk.Stack(new_app(), "models")
    count = cdk.CfnParameter(stack, "Count", type="Number").value_as_number
    watch(
        stack,
        jobs=[make_job(stack)],
        endpoints=[make_endpoint(stack)],
        failures=count,
        queue_time=cdk.Duration.seconds(count),
        max_runtime_share=count,
        server_errors=count,
    )
    thresholds = [alarm["Threshold"] for alarm in alarms_of(stack).values()]
    assert thresholds.count({"Ref": "Count"}) == 4
    assert not any("Token" in says for says in alarms_of(stack))


def test_an_app_with_a_job_alone_does_not_load_it() -> None:
    code = (
        "import sys, cdk_sagemaker_optimization as o; o.OptimizationJob; "
        "print([name for name in sys.modules if name.endswith('monitoring')])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
