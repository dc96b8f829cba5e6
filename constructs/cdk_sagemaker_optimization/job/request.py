"""The members of the API's request, made from the props of a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization._lambda.optimization_job.service_model import ServiceModel
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.checks.durations import seconds_by_model
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_kind, check_list, check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.validation import check, is_unresolved, plain
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.props.completion import Completion
from cdk_sagemaker_optimization.props.cost_guard import CostGuard
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.optimization_config import OptimizationConfig
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput
from cdk_sagemaker_optimization.provider import OptimizationJobProvider

# The props of the members of the request, for messages.
_PROPS = {
    contract.JOB_NAME: "optimization_job_name",
    "RoleArn": "the ARN of role",
    "ModelSource": "model_source",
    "DeploymentInstanceType": "deployment_instance_type",
    "MaxInstanceCount": "max_instance_count",
    "OptimizationEnvironment": "optimization_environment",
    "OptimizationConfigs": "optimization_configs",
    "OutputConfig": "output",
    "StoppingCondition": "max_runtime, max_wait_time or max_pending_time",
    "VpcConfig": "vpc",
    "TrainingPlanArns": "training_plan_arns",
}


def check_kinds(
    *,
    model_source: ModelSource,
    output: OptimizationOutput,
    role: object | None,
    optimization_environment: object | None,
    completion: Completion | None,
    removal_policy: cdk.RemovalPolicy | None,
    provider: OptimizationJobProvider | None,
    cost_guard: CostGuard | None,
) -> None:
    """Check that props are of the right kinds.

    Raises:
        ValueError: a prop is of another kind, such as a string.
    """
    sources = "ModelSource.from_bucket(…), .from_s3_uri(…) or .from_sagemaker_model(…)"
    check_kind(ModelSource, model_source, "model_source", sources)
    outputs = "OptimizationOutput.to_bucket(…) or .to_s3_uri(…)"
    check_kind(OptimizationOutput, output, "output", outputs)
    if completion is not None:
        completions = "Completion.wait(…) or .detached()"
        check_kind(Completion, completion, "completion", completions)
    if role is not None:
        check_construct("role", role, "role")
    if optimization_environment is not None:
        check_kind(Mapping, optimization_environment, "optimization_environment", "a mapping of strings")
    if removal_policy is not None:
        check_kind(cdk.RemovalPolicy, removal_policy, "removal_policy", "a member of RemovalPolicy")
    if provider is not None:
        check_kind(OptimizationJobProvider, provider, "provider", "an OptimizationJobProvider")
    if cost_guard is not None:
        check_kind(CostGuard, cost_guard, "cost_guard", "CostGuard(hourly_price=…, max_cost=…)")


def check_props(scope: Construct, request: Mapping[str, Any], triggers: Sequence[str] | None) -> None:
    """Check the values of props.

    Raises:
        ValueError: the service model does not allow a value, or a value holds a secret.
    """
    shapes = ServiceModel.load().members("CreateOptimizationJobRequest")
    for member, value in request.items():
        check(shapes[member], value, _PROPS[member])
    problems = problems_with_secrets(scope, {**props_of(request), "triggers": list(triggers or [])})
    if problems:
        raise ValueError("; ".join(problems))


def props_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a request by the names of the props that they come from."""
    return {_PROPS[member]: value for member, value in request.items()}


def render_configs(configs: Sequence[OptimizationConfig], access: RoleAccess) -> list[dict[str, Any]]:
    """Return the configs as the API takes them.

    Raises:
        ValueError: the value is no list of configs.
    """
    check_kind(Sequence, configs, "optimization_configs", "a list")
    for config in configs:
        if not isinstance(config, OptimizationConfig):
            raise ValueError(
                "optimization_configs must hold OptimizationConfig.quantization(…), .compilation(…), "
                f".sharding(…) or .speculative_decoding(…), got {config!r}"
            )
    return [config.bind(access) for config in configs]


def render_instance_type(scope: Construct, instance_type: DeploymentInstanceType) -> str:
    """Return the name of an instance type, and warn about one that the service model does not know.

    Raises:
        ValueError: the value is no instance type.
    """
    check_kind(
        DeploymentInstanceType,
        instance_type,
        "deployment_instance_type",
        "a member of DeploymentInstanceType, or DeploymentInstanceType.of(…)",
    )
    name = instance_type.value
    known = ServiceModel.load().enum("OptimizationJobDeploymentInstanceType")
    if name not in known and not is_unresolved(name):
        warn(
            scope,
            "unknownInstanceType",
            f"deployment_instance_type {name} is not among those that this release of the library knows for "
            "optimization jobs; it goes to SageMaker as it is",
        )
    return name


def render_stopping_condition(
    max_runtime: cdk.Duration, max_wait_time: cdk.Duration | None, max_pending_time: cdk.Duration | None
) -> dict[str, float]:
    """Return the durations as the API takes them.

    Raises:
        ValueError: a duration is out of range.
    """
    durations = {
        "MaxRuntimeInSeconds": ("max_runtime", max_runtime),
        "MaxWaitTimeInSeconds": ("max_wait_time", max_wait_time),
        "MaxPendingTimeInSeconds": ("max_pending_time", max_pending_time),
    }
    shapes = ServiceModel.load().members("StoppingCondition")
    return {
        member: seconds_by_model(prop, duration, shapes[member])
        for member, (prop, duration) in durations.items()
        if duration is not None
    }


def render_triggers(triggers: Sequence[str] | Mapping[str, str] | None) -> list[str] | None:
    """Return triggers as a list, those of a mapping in the order of their names.

    Raises:
        ValueError: the value is a single string, whose letters would be the triggers, or a set, whose order
            changes with each synthesis so that each deployment would run the job again, or holds something
            else than strings.
    """
    if triggers is None:
        return None
    if isinstance(triggers, str):
        raise ValueError(
            f"triggers must be a list or a mapping of strings, got {triggers!r}: give [{triggers!r}]"
        )
    if isinstance(triggers, Mapping):
        check_strings(triggers, "triggers")
        named: dict[str, str] = plain(triggers)
        return [f"{name}={named[name]}" for name in sorted(named)] or None
    if not isinstance(triggers, Iterable):
        raise ValueError(f"triggers must be a list or a mapping of strings, got {triggers!r}")
    if not isinstance(triggers, Sequence):
        raise ValueError(
            f"triggers must be a list or a mapping of strings, got a {type(triggers).__name__}, which has no "
            "fixed order: give sorted(…) of it"
        )
    for number, trigger in enumerate(triggers):
        if not is_unresolved(trigger):
            check_kind(str, trigger, f"triggers[{number}]", "a string")
    return [plain(trigger) for trigger in triggers] or None


def render_training_plans(arns: Sequence[str] | None) -> list[str] | None:
    """Return the ARNs of training plans as a list.

    Raises:
        ValueError: the value is a single string, whose letters would be the ARNs, or no list.
    """
    if arns is None:
        return None
    if isinstance(arns, str):
        raise ValueError(f"training_plan_arns must be a list of strings, got {arns!r}: give [{arns!r}]")
    check_list(arns, "training_plan_arns", "a list of strings")
    return [plain(arn) for arn in arns]
