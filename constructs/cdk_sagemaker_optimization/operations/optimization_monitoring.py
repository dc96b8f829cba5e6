"""A dashboard and alarms for jobs and endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization.checks.kinds import check_construct, check_kind, check_list
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import account_of, path_of, region_of, stack_of
from cdk_sagemaker_optimization.job.metrics import JobMetrics
from cdk_sagemaker_optimization.job.optimization_job import OptimizationJob
from cdk_sagemaker_optimization.rules import gpus_of
from cdk_sagemaker_optimization.serving.async_inference import AnyTopic
from cdk_sagemaker_optimization.serving.endpoint_metrics import ServedMetrics
from cdk_sagemaker_optimization.serving.optimized_endpoint import OptimizedEndpoint

from .monitoring_alarms import AlarmPlan, alarms_of_job, alarms_of_served
from .monitoring_dashboard import check_size, row_of_job, row_of_served, rows_of_alarms
from .monitoring_thresholds import Thresholds
from .run_optimization_job import RunOptimizationJob

_QUEUE_TIME = cdk.Duration.hours(1)
_LATENCY = cdk.Duration.seconds(30)

_CLOUDWATCH = "cloudwatch.amazonaws.com"


class OptimizationMonitoring(Construct):
    """A CloudWatch dashboard and alarms for jobs and endpoints.

    Every threshold has a default, and None leaves its alarm out. An alarm without data is OK.

    The dashboard costs 3 dollars a month, and each alarm 10 cents. A job has three alarms, a variant of an
    endpoint three, and an endpoint with a component four.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        jobs: Sequence[OptimizationJob | RunOptimizationJob] = (),
        endpoints: Sequence[OptimizedEndpoint] = (),
        notify: AnyTopic | None = None,
        failures: int | None = 1,
        queue_time: cdk.Duration | None = _QUEUE_TIME,
        max_runtime_share: float | None = 80,
        server_errors: int | None = 5,
        latency_p99: cdk.Duration | None = _LATENCY,
        gpu_memory: float | None = 98,
        no_capacity: int | None = 1,
    ) -> None:
        """Define the dashboard and the alarms.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            jobs: the jobs, also those of pipelines, of this account and Region. Default: none.
            endpoints: the endpoints of this account and Region, with the variants that they have by now.
                Default: none.
            notify: the topic of this Region that every alarm tells when it goes off. A topic of this app
                lets CloudWatch publish; a topic from elsewhere, and the key of an encrypted one, must allow
                that already. Default: nobody is told.
            failures: the alarm of each job for this many runs that failed or were stopped within 15 minutes.
                Default: 1.
            queue_time: the alarm of each job that has waited so long for an instance, while it waits. The
                wait for room in the account's quota does not count, because there is no job yet. Default: an
                hour.
            max_runtime_share: the alarm of each job that has run for this percentage of its ``max_runtime``,
                while it runs. Default: 80.
            server_errors: the alarm for this many requests within 5 minutes that ended with a 5XX error.
                Default: 5.
            latency_p99: the alarm for a model that takes so long for 1 % of the requests, for 15 minutes. A
                whole number of milliseconds. A request to an asynchronous endpoint may well take longer.
                Default: 30 seconds.
            gpu_memory: the alarm for a percentage of the GPUs' memory that is in use, for 15 minutes. A
                container that serves a language model takes most of it at its start. An instance type whose
                number of GPUs the library does not know has no such alarm (warning ``gpuMemoryNotWatched``).
                Default: 98.
            no_capacity: the alarm for this many requests within 5 minutes that found no copy of an inference
                component, for 15 minutes. A component that scales to zero needs some minutes to wake up.
                Default: 1.

        Raises:
            ValueError: there is nothing to watch, something is given twice or belongs to another account or
                Region, the topic is in another Region, a threshold is out of range, or the dashboard would
                have more than 500 widgets.
        """
        _check_all("jobs", jobs, JobMetrics, "an OptimizationJob or a RunOptimizationJob of this app")
        _check_all("endpoints", endpoints, OptimizedEndpoint, "an OptimizedEndpoint")
        if notify is not None:
            check_construct("topic", notify, "notify")
        if not jobs and not endpoints:
            raise ValueError(
                f"{id} must have something to watch, got neither jobs nor endpoints: give jobs=[…] or "
                "endpoints=[…]"
            )
        thresholds = Thresholds.of(
            failures=failures,
            queue_time=queue_time,
            max_runtime_share=max_runtime_share,
            server_errors=server_errors,
            latency_p99=latency_p99,
            gpu_memory=gpu_memory,
            no_capacity=no_capacity,
        )
        super().__init__(scope, id)
        for each in (*jobs, *endpoints):
            _check_place(self, each)
        if notify is not None:
            _check_topic(self, notify)
        self._notify = None if notify is None else actions.SnsAction(notify)
        self._alarms: list[cloudwatch.Alarm] = []
        rows: list[list[cloudwatch.IWidget]] = []
        for job in jobs:
            what = path_of(job)
            self._define(what, alarms_of_job(job, what, thresholds))
            rows.append(row_of_job(job, what))
        for endpoint in endpoints:
            gpus = self._gpus_of(endpoint, thresholds)
            is_component = not endpoint.variants
            for what, served in _served_by(endpoint):
                plans = alarms_of_served(
                    served, what, thresholds, gpus=1 if is_component else gpus, is_component=is_component
                )
                self._define(what, plans)
                backlog = endpoint.metric_backlog_size(label="wait") if endpoint.is_asynchronous else None
                rows.append(row_of_served(served, what, is_component=is_component, backlog=backlog))
        rows = rows_of_alarms(self._alarms) + rows
        check_size(id, rows)
        self._dashboard = cloudwatch.Dashboard(self, "Dashboard", widgets=rows)
        if notify is not None and self._alarms:
            self._let_publish(notify)

    @property
    def alarms(self) -> Sequence[cloudwatch.Alarm]:
        """The alarms, those of the jobs first."""
        return tuple(self._alarms)

    @property
    def dashboard(self) -> cloudwatch.Dashboard:
        """The dashboard, for widgets of your own. CloudFormation names it."""
        return self._dashboard

    def _define(self, what: str, plans: Iterator[AlarmPlan]) -> None:
        scope = Construct(self, what)
        for plan in plans:
            alarm = plan.define(scope)
            if self._notify is not None:
                alarm.add_alarm_action(self._notify)
            self._alarms.append(alarm)

    def _gpus_of(self, endpoint: OptimizedEndpoint, thresholds: Thresholds) -> int | None:
        """Return the GPUs of an instance, and warn if they are not known but needed."""
        gpus = gpus_of(endpoint.instance_type)
        if gpus is None and thresholds.gpu_memory is not None and endpoint.variants:
            warn(
                self,
                "gpuMemoryNotWatched",
                f"the memory of the GPUs of {path_of(endpoint)} has no alarm, because the metric adds up all "
                f"GPUs of an instance and their number is not known for {endpoint.instance_type}: define an "
                "alarm on endpoint.metric_gpu_memory_utilization(), and give gpu_memory=None here",
            )
        return gpus

    def _let_publish(self, topic: AnyTopic) -> None:
        """Let CloudWatch publish to the topic.

        Without a policy, a topic accepts the alarms of its account; the first statement that anything adds
        ends that, also for alarms of others. So this one is for all alarms of the account.
        """
        stack = stack_of(self)
        arn = stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal(_CLOUDWATCH)],
                resources=[topic.topic_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": arn},
                    "StringEquals": {"aws:SourceAccount": account_of(self)},
                },
            )
        )


def _served_by(endpoint: OptimizedEndpoint) -> Iterator[tuple[str, ServedMetrics]]:
    """Yield what an endpoint has metrics of, with a name that no other one has."""
    path = path_of(endpoint)
    if not endpoint.variants:
        yield path, endpoint
    for name, variant in endpoint.variants.items():
        yield f"{path} {name}", variant


def _check_all(prop: str, values: Sequence[Construct], kind: type, expected: str) -> None:
    """Check a list of constructs.

    Raises:
        ValueError: it is no list, one is of another kind, or one is there twice.
    """
    check_list(values, prop, f"a list, and each of it {expected}")
    for number, value in enumerate(values):
        check_kind(kind, value, f"{prop}[{number}]", expected)
        if value in values[:number]:
            raise ValueError(
                f"{prop} must have {path_of(value)} once, got it twice: leave out {prop}[{number}]"
            )


def _check_place(monitoring: Construct, watched: Construct) -> None:
    """Check that an alarm here can watch a metric of a construct.

    Raises:
        ValueError: the construct is in another account or Region.
    """
    for what, of in (("account", account_of), ("Region", region_of)):
        here, there = of(monitoring), of(watched)
        if not is_unresolved(here) and not is_unresolved(there) and here != there:
            raise ValueError(
                f"{path_of(monitoring)} must be in the {what} of {path_of(watched)}, {there}, because an "
                f"alarm watches metrics of its own {what} only, got {here}: define a monitoring in a stack "
                "there"
            )


def _check_topic(monitoring: Construct, topic: AnyTopic) -> None:
    """Check that an alarm here can tell a topic.

    Raises:
        ValueError: the topic is in another Region.
    """
    here, there = region_of(monitoring), topic.env.region
    if not is_unresolved(here) and not is_unresolved(there) and here != there:
        raise ValueError(
            f"notify must be a topic in the Region of {path_of(monitoring)}, {here}, because an alarm tells "
            f"only topics of its own Region, got one in {there}: give a topic of {here}"
        )
