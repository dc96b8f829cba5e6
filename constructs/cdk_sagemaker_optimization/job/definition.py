"""The definition of a job: the API's request, and what it needs to be carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.execution_role import is_managed, is_strict
from cdk_sagemaker_optimization.access.network import VpcNetwork
from cdk_sagemaker_optimization.access.optimization_role import OptimizationRole, grant_telemetry
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.checks.types import AnyRole
from cdk_sagemaker_optimization.checks.validation import plain
from cdk_sagemaker_optimization.facts import once
from cdk_sagemaker_optimization.props.completion import Completion
from cdk_sagemaker_optimization.props.cost_guard import CostGuard
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.optimization_config import OptimizationConfig
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput
from cdk_sagemaker_optimization.rules import JobView, check_rules

from .cost import JobCost
from .request import (
    check_props,
    render_configs,
    render_instance_type,
    render_stopping_condition,
    render_training_plans,
    render_triggers,
)

_DEFAULT_MAX_RUNTIME = cdk.Duration.hours(4)


class JobDefinition:
    """The request of a job, with the role and the network that it names, checked against every rule.

    The role has what the job needs when this is made.
    """

    def __init__(  # noqa: D417 - the others are the props of a job
        self,
        job: Construct,
        *,
        name: str | None,
        folders: Sequence[str],
        completion: Completion,
        model_source: ModelSource,
        deployment_instance_type: DeploymentInstanceType,
        optimization_configs: Sequence[OptimizationConfig],
        output: OptimizationOutput,
        role: AnyRole | None,
        optimization_environment: Mapping[str, str] | None,
        max_instance_count: int | None,
        max_runtime: cdk.Duration | None,
        max_wait_time: cdk.Duration | None,
        max_pending_time: cdk.Duration | None,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: Sequence[ec2.ISecurityGroup] | None,
        training_plan_arns: Sequence[str] | None,
        triggers: Sequence[str] | Mapping[str, str] | None,
        cost_guard: CostGuard | None,
    ) -> None:
        """Define the job's request. The parameters are the props of the job, and these.

        Args:
            job: the construct of the job.
            name: the job's explicit name. None if it has none.
            folders: the names that the job may have, or IAM patterns for them.
            completion: how the deployment waits for the job.

        Raises:
            ValueError: the API does not allow a value, or a combination is known not to work.
        """
        #: The job's network. None without a VPC.
        self.network = VpcNetwork.of(
            job, vpc, vpc_subnets, security_groups, description="SageMaker optimization job"
        )
        # The role gets a name only if a stack of another account or Region needs it.
        if role is None:
            role = OptimizationRole(job, "Role", role_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
        #: The role that SageMaker assumes.
        self.role: AnyRole = role
        #: The longest run.
        self.max_runtime = _DEFAULT_MAX_RUNTIME if max_runtime is None else max_runtime
        #: The access of the role.
        self.access = access = RoleAccess(job, role, strict=is_strict(role), managed=is_managed(role))
        grant_telemetry(access)
        role_arn = once(role, "ARN", lambda: role.role_arn)
        request: dict[str, Any] = {
            contract.JOB_NAME: name,
            "RoleArn": role_arn,
            "ModelSource": model_source.bind(access),
            "DeploymentInstanceType": render_instance_type(job, deployment_instance_type),
            "MaxInstanceCount": plain(max_instance_count),
            "OptimizationEnvironment": plain(optimization_environment),
            "OptimizationConfigs": render_configs(optimization_configs, access),
            "OutputConfig": output.bind(access, folders=folders),
            "StoppingCondition": render_stopping_condition(self.max_runtime, max_wait_time, max_pending_time),
            "VpcConfig": self.network.bind(access) if self.network else None,
            "TrainingPlanArns": render_training_plans(training_plan_arns),
        }
        #: The members of the API's request.
        self.request = {member: value for member, value in request.items() if value is not None}
        #: The triggers as a list. None without any.
        self.triggers = render_triggers(triggers)
        check_props(job, self.request, self.triggers)
        waits = sum(completion.legs(self.max_runtime))
        #: The view that rules have of the job.
        self.view = JobView(job, self.request, output=output, vpc=vpc, vpc_subnets=vpc_subnets, waits=waits)
        check_rules(self.view)
        #: The most that a run can cost.
        self.cost = JobCost(job, self.request, cost_guard)
        self.cost.check()
        access.warn_about_missing()
