"""A SageMaker inference-optimization job as a resource of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_sagemaker_optimization.access.optimization_role import (
    OptimizationRole,
    grant_telemetry,
    is_managed,
    is_strict,
)
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.checks.validation import check, is_unresolved, plain
from cdk_sagemaker_optimization.props.completion import Completion
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.optimization_config import OptimizationConfig
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.provider.names import name_prefix, spellings
from cdk_sagemaker_optimization.rules import JobView, check_rules

from .base import OptimizationJobEvents
from .completion_legs import CompletionLegs
from .condition import JobCondition
from .definition_size import DefinitionSize
from .grants import OptimizationJobGrants
from .imported import ImportedOptimizationJob
from .interface import IOptimizationJob
from .kept_nested_stacks import KeptNestedStacks
from .network import OptimizationJobNetwork
from .order import JobOrder
from .request import (
    check_kinds,
    check_props,
    render_configs,
    render_instance_type,
    render_stopping_condition,
    render_training_plans,
    render_triggers,
)
from .resource import JobResource
from .tags import JobTags, TagValidation

_RESOURCE_TYPE = "Custom::SageMakerOptimizationJob"
_DEFAULT_MAX_RUNTIME = cdk.Duration.hours(4)


@jsii.implements(cdk.ITaggableV2, ec2.IConnectable, iam.IGrantable)
class OptimizationJob(OptimizationJobEvents):
    """Optimizes a model for inference: a deployment creates the job, waits for it and hands on what it made.

    A change of what the job makes (its source, instance type, configs, environment, output, explicit name or
    triggers) runs a new job and then deletes the old one's record. A change of how it ran (role, stopping
    condition, VPC, instance count, training plan, completion) runs nothing, unless the job failed or was
    stopped. Deleting a job stops it if it runs, and never deletes what it made.

    What is known only when the job has completed is an attribute of the last leg of the waiting, so that what
    uses it waits.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model_source: ModelSource,
        deployment_instance_type: DeploymentInstanceType,
        optimization_configs: Sequence[OptimizationConfig],
        output: OptimizationOutput,
        role: iam.IRole | iam.Role | None = None,
        optimization_job_name: str | None = None,
        optimization_environment: Mapping[str, str] | None = None,
        max_instance_count: int | None = None,
        max_runtime: cdk.Duration | None = None,
        max_wait_time: cdk.Duration | None = None,
        max_pending_time: cdk.Duration | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        training_plan_arns: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        triggers: Sequence[str] | Mapping[str, str] | None = None,
        completion: Completion | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
        provider: OptimizationJobProvider | None = None,
    ) -> None:
        """
        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            model_source: the model.
            deployment_instance_type: the instance type that the optimized model will be served on.
            optimization_configs: what to do to the model, one to ten techniques.
            output: where the artifact goes.
            role: the role that the job runs as; it is granted what the job needs. Default: an
                :class:`OptimizationRole`.
            optimization_job_name: the job's name, at most 63 characters, without two hyphens in a row. A
                change that needs a new job then fails until the name changes, too. One that only the
                deployment knows should have no capitals, because IAM may see it in lower case. Default, also
                where it turns out to be ``AWS::NoValue``: a name made from the stack, the construct and the
                job's definition.
            optimization_environment: variables of the containers, at most 25. Default: none.
            max_instance_count: how many instances the job may use. Default: SageMaker decides.
            max_runtime: how long the job may run before SageMaker stops it, which is a failure. An instance
                costs $2 to $60 an hour, so a job that hangs should not find out for you what a day costs.
                Default: 4 hours.
            max_wait_time: how long the job may wait and run together. Default: SageMaker decides.
            max_pending_time: how long the job may wait for an instance, from 30 minutes to 28 days. Default:
                SageMaker decides.
            vpc: the VPC that the job reaches its data through. Default: none.
            vpc_subnets: at most 16 subnets of the VPC. Default: its private subnets.
            security_groups: at most 5 security groups of the VPC. Default: a new one that lets everything
                out.
            training_plan_arns: the training plan whose capacity the job uses. Default: none.
            tags: tags of the job; ``Tags.of(…)`` works, too, and overrides them. Default: those of the stack.
            triggers: any strings; when they change, the job runs again. Default: none.
            completion: whether the deployment waits for the job, and how long. Default: it waits
                ``max_runtime`` and one hour more.
            removal_policy: what happens to the job's record when it leaves the stack. With ``RETAIN`` it
                stays, and a job that runs goes on until it ends by itself. What a rollback takes back and
                what was replaced is deleted all the same. Default: it is deleted.
            provider: the function and the state machine behind the job. Default: those of the stack.

        Raises:
            ValueError: a value that the API does not allow, with what it allows, a combination that is
                known not to work, ``docs/rules.md`` has these, or a role of another account.
        """
        super().__init__(scope, id)
        check_kinds(
            model_source=model_source,
            output=output,
            role=role,
            optimization_environment=optimization_environment,
            completion=completion,
            removal_policy=removal_policy,
            provider=provider,
        )
        network = OptimizationJobNetwork.of(self, vpc, vpc_subnets, security_groups)
        self._network = network
        self._output = output
        # It gets a name of its own only if a stack of another account or Region needs it.
        if role is None:
            role = OptimizationRole(self, "Role", role_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
        self._role = role
        self._provider = OptimizationJobProvider.get_or_create(self) if provider is None else provider
        job_tags = JobTags(self, _RESOURCE_TYPE, tags)
        self._cdk_tag_manager = job_tags.manager
        runtime = _DEFAULT_MAX_RUNTIME if max_runtime is None else max_runtime

        access = RoleAccess(self, self._role, strict=is_strict(self._role), managed=is_managed(self._role))
        grant_telemetry(access)
        prefix = name_prefix(self)
        name = plain(optimization_job_name)
        # A token may turn out to be no name (AWS::NoValue); then the job gets a generated one.
        is_certain = bool(name) and not is_unresolved(name)
        folders = [] if not name else [name]
        if not is_certain:
            folders.append(f"{prefix}-*")
        request: dict[str, Any] = {
            "OptimizationJobName": name,
            "RoleArn": self._role.role_arn,
            "ModelSource": model_source.bind(access),
            "DeploymentInstanceType": render_instance_type(self, deployment_instance_type),
            "MaxInstanceCount": plain(max_instance_count),
            "OptimizationEnvironment": plain(optimization_environment),
            "OptimizationConfigs": render_configs(optimization_configs, access),
            "OutputConfig": output.bind(access, folders=folders),
            "StoppingCondition": render_stopping_condition(runtime, max_wait_time, max_pending_time),
            "VpcConfig": network.bind(access) if network else None,
            "TrainingPlanArns": render_training_plans(training_plan_arns),
        }
        request = {member: value for member, value in request.items() if value is not None}
        rendered_triggers = render_triggers(triggers)
        check_props(self, request, rendered_triggers)
        waits = sum((completion or Completion.wait()).legs(runtime))
        check_rules(JobView(self, request, output=output, vpc=vpc, vpc_subnets=vpc_subnets, waits=waits))
        access.warn_about_missing()

        own: dict[str, Any] = {
            "ServiceToken": self._provider.service_token,
            "Version": "1",
            "NamePrefix": None if is_certain else prefix,
            "ExactOutputLocation": True if output.exact else None,
            "Triggers": rendered_triggers,
            "Tags": cdk.Lazy.any(job_tags),
        }
        own = {name: value for name, value in own.items() if value is not None}
        properties = {**own, **request}
        self._resource = JobResource(self, "Resource", type=_RESOURCE_TYPE, properties=properties)
        size = DefinitionSize(self, self._resource, properties)
        size.check()
        if removal_policy is not None:
            self._resource.apply_removal_policy(removal_policy)
        # Not for the whole role: what a user adds to it may itself wait for the job.
        self._resource.node.add_dependency(*access.policies)
        self._provider.serve(self, resource=self._resource, role=self._role, name=name)
        if network is not None:
            network.delay(self._resource)
        self.node.add_validation(TagValidation(self, job_tags, own=1 if name else 0))
        self.node.add_validation(JobOrder(self, self._role))
        self.node.add_validation(size)
        legs = CompletionLegs(
            self,
            "Completion",
            job=self._resource,
            service_token=self._provider.service_token,
            completion=completion or Completion.wait(),
            max_runtime=runtime,
        )
        self._last_leg = legs.last
        self.node.add_validation(JobCondition(self, self._role, self._resource, legs.resources))
        if legs.last is None:
            self.node.add_validation(KeptNestedStacks(self))
        self._grants = OptimizationJobGrants(
            self,
            output.artifact(self._resource.ref),
            output.encryption_key,
            arns=self._arns(name),
            # Of a job whose name only the deployment knows, any folder may be the one.
            in_other_accounts=output.artifact(folders[0] if len(folders) == 1 else "*"),
        )

    @staticmethod
    def from_optimization_job_name(scope: Construct, id: str, optimization_job_name: str) -> IOptimizationJob:
        """A job of this account and Region, by its name.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            optimization_job_name: the job's name.

        Raises:
            ValueError: a name that the API does not allow.
        """
        check("EntityName", optimization_job_name, "optimization_job_name")
        arn = OptimizationJob._arn_of(scope, plain(optimization_job_name))
        return OptimizationJob.from_optimization_job_arn(scope, id, arn)

    @staticmethod
    def from_optimization_job_arn(scope: Construct, id: str, optimization_job_arn: str) -> IOptimizationJob:
        """A job by its ARN.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            optimization_job_arn: the job's ARN.

        Raises:
            ValueError: the ARN of something else.
        """
        return OptimizationJob.from_optimization_job_attributes(
            scope, id, optimization_job_arn=optimization_job_arn
        )

    @staticmethod
    def from_optimization_job_attributes(
        scope: Construct,
        id: str,
        *,
        optimization_job_arn: str,
        output_location: str | None = None,
        output_encryption_key: kms.IKey | kms.Key | None = None,
    ) -> IOptimizationJob:
        """A job by what is known of it.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            optimization_job_arn: the job's ARN.
            output_location: the S3 URI of its artifact. Default: unknown; it cannot be used or granted then.
            output_encryption_key: the key that the artifact is encrypted with. Default: none of yours.

        Raises:
            ValueError: the ARN of something else, or a location that is no S3 URI.
        """
        return ImportedOptimizationJob(
            scope,
            id,
            optimization_job_arn=optimization_job_arn,
            output_location=output_location,
            output_encryption_key=output_encryption_key,
        )

    @property
    def optimization_job_name(self) -> str:
        """The job's name. It is known, and usable, before the job has completed."""
        return self._resource.ref

    @property
    def optimization_job_arn(self) -> str:
        """The job's ARN. It is known, and usable, before the job has completed."""
        return self._resource.get_att("OptimizationJobArn").to_string()

    @property
    def output_location(self) -> str:
        """S3 URI of the artifact: a prefix that ends in a slash, unless the output was given ``exact``.

        What uses it waits for the job to complete. With ``Completion.detached()`` nothing waits.
        """
        source = self._last_leg or self._resource
        return source.get_att("OutputLocation").to_string()

    @property
    def optimization_job_status(self) -> str:
        """``COMPLETED``; what uses it waits for that.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("OptimizationJobStatus", "optimization_job_status")

    @property
    def recommended_inference_image(self) -> str:
        """URI of the image that SageMaker recommends for serving the artifact. Empty for a job for which it
        names none.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("RecommendedInferenceImage", "recommended_inference_image")

    @property
    def optimization_start_time(self) -> str:
        """When the optimization began, in ISO 8601.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("OptimizationStartTime", "optimization_start_time")

    @property
    def optimization_end_time(self) -> str:
        """When the optimization ended, in ISO 8601.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("OptimizationEndTime", "optimization_end_time")

    @property
    def role(self) -> iam.IRole:
        """The role that the job runs as."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the job's role, for what the job needs beside its own source and output."""
        return self._role.grant_principal

    @property
    def connections(self) -> ec2.Connections:
        """The job's network connections.

        Raises:
            ValueError: a job without a VPC.
        """
        if self._network is None:
            raise ValueError(f"{self.node.path} has no network connections: give it a vpc to control them")
        return self._network.connections

    @property
    def grants(self) -> OptimizationJobGrants:
        """Permissions on the job and on what it makes."""
        return self._grants

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """Where ``Tags.of(…)`` puts the job's tags."""
        return self._cdk_tag_manager

    def _arns(self, name: str | None) -> list[str]:
        """The ARN that SageMaker answers with, and those that IAM may see for a name with capitals."""
        others = spellings(self._arn_of(self, name)) if name else []
        return [self.optimization_job_arn, *(others if len(others) > 1 else [])]

    @staticmethod
    def _arn_of(scope: Construct, name: str) -> str:
        return cdk.Stack.of(scope).format_arn(
            service="sagemaker", resource="optimization-job", resource_name=name
        )

    def _in_events(self) -> dict[str, list[str]]:
        # Not by its name or ARN: those of what a change replaces it with are others, and a rule that is there
        # only after the job misses its beginning.
        return {
            "StackId": [cdk.Stack.of(self).stack_id],
            "LogicalResourceId": [self._resource.logical_id],
        }

    def _after_completion(self, attribute: str, name: str) -> str:
        if self._last_leg is None:
            raise ValueError(
                f"{name} of {self.node.path} is known only after its completion, for which nothing waits "
                "with Completion.detached(): use Completion.wait()"
            )
        return self._last_leg.get_att(attribute).to_string()
