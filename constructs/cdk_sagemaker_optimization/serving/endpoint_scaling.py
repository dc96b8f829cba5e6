"""Scaling of an endpoint: its instances, or the copies of its component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.checks.durations import seconds
from cdk_sagemaker_optimization.checks.numbers import positive_number, whole_number
from cdk_sagemaker_optimization.checks.validation import is_unresolved

_NAMESPACE = "sagemaker"
_METRICS = "AWS/SageMaker"

# The seconds after a wake-up in which further requests wake up nothing more. An instance takes minutes.
_WAKING = 300


@dataclass(frozen=True)
class Starving:
    """A metric that is 1 or greater if a request finds nothing that serves it."""

    metric_name: str
    dimension: str
    value: str
    statistic: str
    #: The seconds of a period.
    period: int
    #: The periods that it takes.
    periods: int


@dataclass(frozen=True)
class ScaledVariant:
    """The instances of a variant."""

    endpoint_name: str
    variant_name: str
    #: True for an endpoint with asynchronous inference.
    asynchronous: bool

    dimension = "sagemaker:variant:DesiredInstanceCount"
    concurrency = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    invocations = "SageMakerVariantInvocationsPerInstance"

    @property
    def resource_id(self) -> str:
        """The id that Application Auto Scaling knows the variant by."""
        return f"endpoint/{self.endpoint_name}/variant/{self.variant_name}"

    @property
    def starving(self) -> Starving:
        """The sign that a request waits while there is no instance."""
        return Starving(
            "HasBacklogWithoutCapacity", "EndpointName", self.endpoint_name, "Average", period=60, periods=2
        )


@dataclass(frozen=True)
class ScaledComponent:
    """The copies of an inference component."""

    component_name: str
    #: The same name without a reference to the component.
    name_in_metrics: str

    dimension = "sagemaker:inference-component:DesiredCopyCount"
    concurrency = "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
    invocations = "SageMakerInferenceComponentInvocationsPerCopy"
    asynchronous = False

    @property
    def resource_id(self) -> str:
        """The id that Application Auto Scaling knows the component by."""
        return f"inference-component/{self.component_name}"

    @property
    def starving(self) -> Starving:
        """The sign that a request fails because there is no copy."""
        return Starving(
            "NoCapacityInvocationFailures",
            contract.INFERENCE_COMPONENT_NAME,
            self.name_in_metrics,
            "Maximum",
            period=30,
            periods=1,
        )


class EndpointScaling:
    """Scaling of the instances of a variant, or of the copies of an inference component.

    Application Auto Scaling scales with its service-linked role, which it makes when an account uses it for
    the first time.
    """

    def __init__(
        self, scope: Construct, scaled: ScaledVariant | ScaledComponent, capacity: tuple[int, int]
    ) -> None:
        self._scope = scope
        self._scaled = scaled
        least, most = capacity
        self._minimum = least
        self._has_policy = False
        self._policies_without_metric: list[str] = []
        self._target = autoscaling.CfnScalableTarget(
            scope,
            "Target",
            service_namespace=_NAMESPACE,
            scalable_dimension=scaled.dimension,
            resource_id=scaled.resource_id,
            min_capacity=least,
            max_capacity=most,
        )
        if least == 0:
            self._wake_up()

    @property
    def has_policy(self) -> bool:
        """True if one of the ``scale_on_…`` methods was called, so that something scales."""
        return self._has_policy

    @property
    def policies_without_metric(self) -> Sequence[str]:
        """The ids of the policies on a metric that an asynchronous endpoint does not have."""
        return tuple(self._policies_without_metric)

    @property
    def min_capacity(self) -> int:
        """The least number of instances or copies."""
        return self._minimum

    @property
    def scalable_target(self) -> autoscaling.CfnScalableTarget:
        """The scalable target of Application Auto Scaling, for policies and schedules of your own."""
        return self._target

    def scale_on_concurrency(
        self,
        id: str,
        *,
        target: float,
        scale_in_cooldown: cdk.Duration | None = None,
        scale_out_cooldown: cdk.Duration | None = None,
    ) -> None:
        """Scale on the requests that the model works on, or that wait for it.

        The metric has a value every 10 seconds, so this responds to load the soonest. An asynchronous
        endpoint does not have it: use :meth:`scale_on_backlog` there.

        Args:
            id: the id of the policy.
            target: the requests at once that each instance or copy should have.
            scale_in_cooldown: the time after a scale-in before the next one. Default: 5 minutes.
            scale_out_cooldown: the time after a scale-out before the next one. Default: 5 minutes.

        Raises:
            ValueError: a value is out of range.
        """
        metric = autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
            predefined_metric_type=self._scaled.concurrency
        )
        self._track(id, "target", target, scale_in_cooldown, scale_out_cooldown, predefined=metric)
        self._needs_requests(id)

    def scale_on_invocations(
        self,
        id: str,
        *,
        per_minute: float,
        scale_in_cooldown: cdk.Duration | None = None,
        scale_out_cooldown: cdk.Duration | None = None,
    ) -> None:
        """Scale on the number of requests.

        An asynchronous endpoint does not have the metric: use :meth:`scale_on_backlog` there.

        Args:
            id: the id of the policy.
            per_minute: the requests in a minute that each instance or copy should have.
            scale_in_cooldown: the time after a scale-in before the next one. Default: 5 minutes.
            scale_out_cooldown: the time after a scale-out before the next one. Default: 5 minutes.

        Raises:
            ValueError: a value is out of range.
        """
        metric = autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
            predefined_metric_type=self._scaled.invocations
        )
        self._track(id, "per_minute", per_minute, scale_in_cooldown, scale_out_cooldown, predefined=metric)
        self._needs_requests(id)

    def scale_on_backlog(
        self,
        id: str,
        *,
        target: float,
        scale_in_cooldown: cdk.Duration | None = None,
        scale_out_cooldown: cdk.Duration | None = None,
    ) -> None:
        """Scale on the requests that wait in the queue of an asynchronous endpoint.

        Args:
            id: the id of the policy.
            target: the waiting requests for each instance.
            scale_in_cooldown: the time after a scale-in before the next one. Default: 5 minutes.
            scale_out_cooldown: the time after a scale-out before the next one. Default: 5 minutes.

        Raises:
            ValueError: a value is out of range, or the endpoint is not asynchronous.
        """
        scaled = self._scaled
        if not isinstance(scaled, ScaledVariant) or not scaled.asynchronous:
            raise ValueError(
                f"scale_on_backlog of {self._scope.node.path} needs an asynchronous endpoint, because only "
                "that has a queue: give the endpoint asynchronous=AsyncInference.to_bucket(…), or use "
                "scale_on_concurrency"
            )
        metric = autoscaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty(
            namespace=_METRICS,
            metric_name="ApproximateBacklogSizePerInstance",
            dimensions=[
                autoscaling.CfnScalingPolicy.MetricDimensionProperty(
                    name="EndpointName", value=scaled.endpoint_name
                )
            ],
            statistic="Average",
        )
        self._track(id, "target", target, scale_in_cooldown, scale_out_cooldown, customized=metric)

    def _needs_requests(self, id: str) -> None:
        """Remember a policy that never scales, because an asynchronous endpoint publishes no such metric.

        https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
        """
        if self._scaled.asynchronous:
            self._policies_without_metric.append(id)

    def _track(
        self,
        id: str,
        prop: str,
        value: float,
        scale_in_cooldown: cdk.Duration | None,
        scale_out_cooldown: cdk.Duration | None,
        *,
        predefined: autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty | None = None,
        customized: autoscaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty | None = None,
    ) -> None:
        configuration = autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=positive_number(prop, value),
            predefined_metric_specification=predefined,
            customized_metric_specification=customized,
            scale_in_cooldown=_cooldown("scale_in_cooldown", scale_in_cooldown),
            scale_out_cooldown=_cooldown("scale_out_cooldown", scale_out_cooldown),
        )
        self._policy(id, "TargetTrackingScaling", tracking=configuration)
        self._has_policy = True

    def _wake_up(self) -> None:
        """Add an instance or a copy as soon as a request finds none.

        Target tracking divides by the number of instances or copies, so it never begins with none:
        https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
        """
        starving = self._scaled.starving
        step = autoscaling.CfnScalingPolicy.StepAdjustmentProperty(
            metric_interval_lower_bound=0, scaling_adjustment=1
        )
        policy = self._policy(
            "WakeUp",
            "StepScaling",
            step=autoscaling.CfnScalingPolicy.StepScalingPolicyConfigurationProperty(
                adjustment_type="ChangeInCapacity",
                metric_aggregation_type=starving.statistic,
                cooldown=_WAKING,
                step_adjustments=[step],
            ),
        )
        cloudwatch.CfnAlarm(
            self._scope,
            "WakeUpAlarm",
            alarm_description="A request finds nothing that serves it, so scaling begins",
            namespace=_METRICS,
            metric_name=starving.metric_name,
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=starving.dimension, value=starving.value)],
            statistic=starving.statistic,
            period=starving.period,
            evaluation_periods=starving.periods,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="missing",
            alarm_actions=[policy.ref],
        )

    def _policy(
        self,
        id: str,
        policy_type: str,
        *,
        tracking: autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty | None = None,
        step: autoscaling.CfnScalingPolicy.StepScalingPolicyConfigurationProperty | None = None,
    ) -> autoscaling.CfnScalingPolicy:
        scope = Construct(self._scope, id)
        return autoscaling.CfnScalingPolicy(
            scope,
            "Resource",
            # The API requires a name. It is one of the scalable target's policies, so no other stack has it.
            policy_name=cdk.Names.unique_id(scope),
            policy_type=policy_type,
            scaling_target_id=self._target.ref,
            target_tracking_scaling_policy_configuration=tracking,
            step_scaling_policy_configuration=step,
        )


def check_capacity(min_capacity: int, max_capacity: int) -> tuple[int, int]:
    """Return the least and the greatest number of instances or copies.

    Raises:
        ValueError: one is out of range, or the least is greater than the greatest.
    """
    least = whole_number("min_capacity", min_capacity, minimum=0)
    most = whole_number("max_capacity", max_capacity, minimum=1)
    if not is_unresolved(least) and not is_unresolved(most) and least > most:
        raise ValueError(
            f"max_capacity must be at least min_capacity, {least}, got {most}: raise max_capacity, or lower "
            "min_capacity"
        )
    return least, most


def _cooldown(prop: str, duration: cdk.Duration | None) -> float | None:
    return None if duration is None else seconds(prop, duration, minimum=0)
