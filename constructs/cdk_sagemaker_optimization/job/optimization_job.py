"""An inference-optimization job of SageMaker as a resource of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.checks.types import AnyKey, AnyRole
from cdk_sagemaker_optimization.checks.validation import check, is_unresolved, plain
from cdk_sagemaker_optimization.facts import node_of, once, stack_of
from cdk_sagemaker_optimization.props.completion import Completion
from cdk_sagemaker_optimization.props.cost_guard import CostGuard
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.optimization_config import OptimizationConfig
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.provider.names import name_prefix, spellings
from cdk_sagemaker_optimization.rules import check_late_rules

from .artifact import OptimizationArtifact
from .base import OptimizationJobBase
from .completion_legs import CompletionLegs
from .condition import JobCondition
from .cost import remember
from .definition import JobDefinition
from .definition_size import DefinitionSize
from .grants import OptimizationJobGrants
from .imported import ImportedOptimizationJob
from .interface import IOptimizationJob
from .kept_nested_stacks import KeptNestedStacks
from .late_checks import LateChecks
from .metrics import JobMetrics, MetricOptions, metric_of
from .order import JobOrder
from .request import check_kinds
from .resource import JobResource
from .tags import JobTags, TagCheck

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch


@jsii.implements(cdk.ITaggableV2, ec2.IConnectable, iam.IGrantable)
class OptimizationJob(OptimizationJobBase, JobMetrics):
    """A job that optimizes a model for inference. A deployment creates it and waits for its artifact.

    A change that gives another artifact (source, instance type, configs, environment, output, explicit name
    or triggers) runs a new job and then deletes the record of the old one. A change of the run alone (role,
    stopping condition, VPC, instance count, training plan, completion) runs nothing, unless the job failed or
    was stopped. Deleting a job stops it if it runs, and never deletes its artifact.

    An attribute that is known only after completion belongs to the last leg of the waiting, so a resource
    that uses it waits for the job.
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
        role: AnyRole | None = None,
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
        cost_guard: CostGuard | None = None,
    ) -> None:
        """Define the job.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            model_source: the model.
            deployment_instance_type: the instance type that will serve the optimized model.
            optimization_configs: the techniques to apply to the model, from one to ten.
            output: the location of the artifact.
            role: the role that SageMaker assumes for the job. It is granted the permissions that the job
                needs. Default: a new :class:`OptimizationRole`.
            optimization_job_name: the job's name, at most 63 characters, without two hyphens in a row. A
                change that needs a new job fails until the name changes, too. A name that is known only at
                deployment should have no capitals, because IAM may see it in lower case. Default, also for
                ``AWS::NoValue``: a name made from the stack, the construct and the job's definition.
            optimization_environment: environment variables of the containers, at most 25. Default: none.
            max_instance_count: the most instances that the job may use. Default: SageMaker decides.
            max_runtime: the longest run, after which SageMaker stops the job, which is a failure. An instance
                costs $2 to $60 an hour, so a job that hangs should end soon. Default: 4 hours.
            max_wait_time: the longest time for waiting and running together. Default: SageMaker decides.
            max_pending_time: the longest wait for an instance, from 30 minutes to 28 days. Default: SageMaker
                decides.
            vpc: the VPC of the job's network interfaces. Default: none.
            vpc_subnets: at most 16 subnets of the VPC. Default: its private subnets.
            security_groups: at most 5 security groups of the VPC. Default: a new one that allows all
                outbound traffic.
            training_plan_arns: the training plan whose capacity the job uses. Default: none.
            tags: the tags of the job, which ``Tags.of(…)`` overrides. Default: the tags of the stack.
            triggers: strings that run the job again when they change. Default: none.
            completion: whether the deployment waits for the job, and how long. Default: it waits
                ``max_runtime`` and one hour more.
            removal_policy: whether the job's record is deleted when the job leaves the stack. With ``RETAIN``
                it is kept, and a running job goes on until it ends by itself. A rollback or a replacement
                deletes the record all the same. Default: it is deleted.
            provider: the function and the state machine behind the job. Default: those of the stack.
            cost_guard: the price of an instance, and the most that one run may cost. It changes nothing in
                the template. Default: any cost.

        Raises:
            ValueError: the API does not allow a value, or a combination is known not to work (see
                ``docs/rules.md``), or the role is one of another account, or one run can cost more than
                ``cost_guard`` allows.
        """
        super().__init__(scope, id)
        # What the CDK would say.
        once(self, "stack", lambda: stack_of(scope))
        check_kinds(
            model_source=model_source,
            output=output,
            role=role,
            optimization_environment=optimization_environment,
            completion=completion,
            removal_policy=removal_policy,
            provider=provider,
            cost_guard=cost_guard,
        )
        self._model_source = model_source
        self._output = output
        self._provider = OptimizationJobProvider.for_stack(self) if provider is None else provider
        job_tags = JobTags(self, contract.JOB_TYPE, tags)
        self._cdk_tag_manager = job_tags.manager
        prefix = name_prefix(self)
        name = plain(optimization_job_name)
        # The value of a token may be AWS::NoValue; then the job gets a generated name.
        is_certain = bool(name) and not is_unresolved(name)
        folders = [] if not name else [name]
        if not is_certain:
            folders.append(f"{prefix}-*")
        definition = JobDefinition(
            self,
            name=name,
            folders=folders,
            completion=completion or Completion.wait(),
            model_source=model_source,
            deployment_instance_type=deployment_instance_type,
            optimization_configs=optimization_configs,
            output=output,
            role=role,
            optimization_environment=optimization_environment,
            max_instance_count=max_instance_count,
            max_runtime=max_runtime,
            max_wait_time=max_wait_time,
            max_pending_time=max_pending_time,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            training_plan_arns=training_plan_arns,
            triggers=triggers,
            cost_guard=cost_guard,
        )
        remember(self, definition.cost)
        self._network = network = definition.network
        self._role = definition.role
        self._view = view = definition.view

        own: dict[str, Any] = {
            contract.SERVICE_TOKEN: self._provider.service_token,
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.NAME_PREFIX: None if is_certain else prefix,
            contract.EXACT_OUTPUT_LOCATION: True if output.exact else None,
            contract.TRIGGERS: definition.triggers,
            "Tags": job_tags.rendered,
        }
        own = {name: value for name, value in own.items() if value is not None}
        properties = {**own, **definition.request}
        self._resource = JobResource(self, "Resource", type=contract.JOB_TYPE, properties=properties)
        size = DefinitionSize(self, properties)
        size.check()
        if removal_policy is not None:
            self._resource.apply_removal_policy(removal_policy)
        node_of(self._resource).add_dependency(
            # Not the whole role: a policy that a user adds to it may itself depend on the job.
            *definition.access.policies,
            *self._provider.serve(self, role=self._role, name=name),
            *(network.connectivity if network else ()),
        )
        legs = CompletionLegs(
            self,
            "Completion",
            job=self._resource,
            service_token=self._provider.service_token,
            completion=completion or Completion.wait(),
            max_runtime=definition.max_runtime,
        )
        self._legs = legs
        self._last_leg = legs.last
        # The folder of a job whose name is known only at deployment may be any.
        self._folder = folders[0] if len(folders) == 1 else "*"
        self._given_name = name
        checks = [
            lambda _rendered: check_late_rules(view),
            self._resource.problems,
            legs.check_service_timeouts,
            TagCheck(self, self._resource, job_tags, own=1 if name else 0).problems,
            JobOrder(self, self._role).problems,
            size.problems,
            JobCondition(self, self._role, self._resource, legs.resources).problems,
            definition.cost.problems,
            lambda _rendered: definition.cost.tell(),
        ]
        if legs.last is None:
            checks.append(KeptNestedStacks(self).problems)
        LateChecks(self, self._resource, properties, checks)

    @staticmethod
    def from_optimization_job_name(scope: Construct, id: str, optimization_job_name: str) -> IOptimizationJob:
        """Import a job of this account and Region by its name.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            optimization_job_name: the job's name.

        Raises:
            ValueError: the API does not allow the name.
        """
        check("EntityName", optimization_job_name, "optimization_job_name")
        arn = OptimizationJob._arn_of(scope, plain(optimization_job_name))
        return OptimizationJob.from_optimization_job_arn(scope, id, arn)

    @staticmethod
    def from_optimization_job_arn(scope: Construct, id: str, optimization_job_arn: str) -> IOptimizationJob:
        """Import a job by its ARN.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            optimization_job_arn: the job's ARN.

        Raises:
            ValueError: it is the ARN of something else.
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
        output_encryption_key: AnyKey | None = None,
    ) -> IOptimizationJob:
        """Import a job by its attributes.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            optimization_job_arn: the job's ARN.
            output_location: the S3 URI of its artifact. Default: unknown, so it cannot be used or granted.
            output_encryption_key: the key that encrypts the artifact. Default: a key of AWS.

        Raises:
            ValueError: the ARN is one of something else, or the location is no S3 URI.
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
        return self._resource.get_att(contract.JOB_ARN).to_string()

    @property
    def output_location(self) -> str:
        """S3 URI of the artifact, a prefix that ends in a slash unless the output is ``exact``.

        A resource that uses it waits for the job to complete, unless ``completion`` is
        ``Completion.detached()``.
        """
        source = self._last_leg or self._resource
        return source.get_att(contract.OUTPUT_LOCATION).to_string()

    @property
    def optimization_job_status(self) -> str:
        """``COMPLETED``. A resource that uses it waits for that.

        Raises:
            ValueError: ``completion`` is ``Completion.detached()``.
        """
        return self._after_completion(contract.JOB_STATUS, "optimization_job_status")

    @property
    def recommended_inference_image(self) -> str:
        """URI of the image that SageMaker recommends for serving the artifact. Empty if there is none.

        Raises:
            ValueError: ``completion`` is ``Completion.detached()``.
        """
        return self._after_completion(contract.RECOMMENDED_INFERENCE_IMAGE, "recommended_inference_image")

    @property
    def optimization_start_time(self) -> str:
        """Time when the optimization began, in ISO 8601.

        Raises:
            ValueError: ``completion`` is ``Completion.detached()``.
        """
        return self._after_completion(contract.START_TIME, "optimization_start_time")

    @property
    def optimization_end_time(self) -> str:
        """Time when the optimization ended, in ISO 8601.

        Raises:
            ValueError: ``completion`` is ``Completion.detached()``.
        """
        return self._after_completion(contract.END_TIME, "optimization_end_time")

    @property
    def role(self) -> iam.IRole:
        """The role that SageMaker assumes for the job."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the job's role, for grants beside its own source and output."""
        return self._role.grant_principal

    @property
    def connections(self) -> ec2.Connections:
        """The job's network connections.

        Raises:
            ValueError: the job has no VPC.
        """
        if self._network is None:
            raise ValueError(f"{self.node.path} has no network connections: give it a vpc to control them")
        return self._network.connections

    @property
    def grants(self) -> OptimizationJobGrants:
        """Permissions on the job and its artifact."""
        return once(self, "grants", self._make_grants)

    @property
    def artifact(self) -> OptimizationArtifact:
        """The artifact and how the job makes it, for whatever serves it."""
        return once(self, "artifact", self._make_artifact)

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that ``Tags.of(…)`` adds to the job."""
        return self._cdk_tag_manager

    def _make_grants(self) -> OptimizationJobGrants:
        return OptimizationJobGrants(
            self,
            self._output.artifact(self._resource.ref),
            self._output.encryption_key,
            arns=self._arns(self._given_name),
            in_other_accounts=self._output.artifact(self._folder),
        )

    def _make_artifact(self) -> OptimizationArtifact:
        detached = self._last_leg is None
        return OptimizationArtifact(
            job_name=self.optimization_job_name,
            output_location=self.output_location,
            location=self._output.artifact(self._folder),
            encryption_key=self._output.encryption_key,
            recommended_image=None if detached else self.recommended_inference_image,
            recommended_image_or_none=None if detached else self._image_or_none,
            require_image=self._legs.require_image,
            techniques=tuple(self._view.techniques),
            environments=tuple(self._view.environments),
            instance_type=self._view.given_instance_type,
            model_source=self._model_source,
            accept_eula=self._model_source.accept_eula,
            role=self._role,
            exact=self._output.exact,
            detached=detached,
        )

    @property
    def _image_or_none(self) -> str:
        name = contract.RECOMMENDED_INFERENCE_IMAGE_OR_NONE
        return self._after_completion(name, "recommended_inference_image")

    def _arns(self, name: str | None) -> list[str]:
        """Return the job's ARN, and those that IAM may see for a name with capitals."""
        others = spellings(self._arn_of(self, name)) if name else []
        return [self.optimization_job_arn, *(others if len(others) > 1 else [])]

    @staticmethod
    def _arn_of(scope: Construct, name: str) -> str:
        return stack_of(scope).format_arn(
            service="sagemaker", resource="optimization-job", resource_name=name
        )

    def _in_events(self) -> dict[str, list[str]]:
        # Not the name or ARN: the job that replaces this one has others, and a rule that exists only after
        # the job would miss its beginning.
        return {
            contract.STACK_ID: [stack_of(self).stack_id],
            contract.LOGICAL_RESOURCE_ID: [self._resource.logical_id],
        }

    def _metric(self, name: str, usual: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        return metric_of(self, self._resource.logical_id, name, usual, **options)

    def _after_completion(self, attribute: str, name: str) -> str:
        if self._last_leg is None:
            raise ValueError(
                f"{name} of {self.node.path} is known only after its completion, for which nothing waits "
                "with Completion.detached(): use Completion.wait()"
            )
        return self._last_leg.get_att(attribute).to_string()
