"""The artifact of a job as a model of SageMaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.encryption_keys import key_in_policy
from cdk_sagemaker_optimization.access.execution_role import is_managed, is_strict
from cdk_sagemaker_optimization.access.network import VpcNetwork
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.checks.kinds import check_flag, check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.types import AnyRole
from cdk_sagemaker_optimization.checks.validation import check, plain
from cdk_sagemaker_optimization.facts import account_of, node_of, once, owner_of, path_of, stack_of
from cdk_sagemaker_optimization.job.artifact import OptimizationArtifact
from cdk_sagemaker_optimization.job.interface import IOptimizationJob
from cdk_sagemaker_optimization.job.tags import JobTags, tag_problems
from cdk_sagemaker_optimization.props.container_image import grant_look, grant_pull
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.technique import Technique
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.rules import (
    SERVED_MODEL_RULES,
    LateRules,
    ServedModelView,
    check_against,
)

from .cfn_model import cfn_model, source_of
from .draft_model import DraftModel
from .environment import environment_of
from .hand_over import HandOver
from .model_props import check_kinds, check_known, checked_job, techniques_of
from .serving_role import ServingRole, grant_serving_telemetry
from .speculation import CHANNEL, Speculation

_DRAFT = "draft"
# SageMaker's SDK gives the models that it makes of a job's artifact this tag.
_JOB_NAME_TAG = "OptimizationJobName"
_DECRYPT = ["kms:Decrypt"]


@jsii.implements(cdk.ITaggableV2, ec2.IConnectable, iam.IGrantable)
class OptimizedModel(cdk.Resource):
    """The artifact of a job as a model of SageMaker, which an endpoint serves.

    A new artifact, image or variable makes another model. No model has a name of your choice, so the new one
    can be there before the old one is deleted.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job: IOptimizationJob,
        base_model: ModelSource | None = None,
        image: str | None = None,
        environment: Mapping[str, str | None] | None = None,
        speculation: Speculation | None = None,
        technique: Technique | None = None,
        role: AnyRole | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        network_isolation: bool = False,
        tags: Mapping[str, str] | None = None,
        provider: OptimizationJobProvider | None = None,
    ) -> None:
        """Define the model.

        In another stack than the job's, the artifact's location goes through parameters of SSM, and the CDK
        deploys this stack after the job's.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            job: the job that makes the artifact. An imported one needs ``technique``, ``image`` and its
                output location.
            base_model: the model beside a draft of speculative decoding. Default: the job's own source.
            image: the URI of the container's image. Default: the one that SageMaker recommends for the
                artifact; the deployment fails if there is none.
            environment: variables of the container, over those that the technique needs. None takes one
                away. At most 100 together, with at most 1024 characters each. Default: none.
            speculation: the use of the draft. Default for a draft: ``Speculation.eagle()``.
            technique: the technique of an imported job. Default: those of the job.
            role: the role that SageMaker assumes for the model. It is granted what the model needs. Default:
                a new :class:`ServingRole`.
            vpc: the VPC of the model's network interfaces. Default: none.
            vpc_subnets: at most 16 subnets of the VPC. Default: its private subnets.
            security_groups: at most 5 security groups of the VPC. Default: a new one that allows all
                outbound traffic.
            network_isolation: whether nothing in the container can use the network. A sharded artifact cannot
                be served then.
            tags: the tags of the model, which ``Tags.of(…)`` overrides, beside ``OptimizationJobName``.
                Default: the tags of the stack.
            provider: the function behind a model with a draft. Default: that of the stack.

        Raises:
            ValueError: the API does not allow a value, or a combination is known not to work (see
                ``docs/rules.md``), or the job is in another account, Region or stage.
        """
        super().__init__(scope, id)
        once(self, "stack", lambda: stack_of(scope))
        known_job = checked_job(job)
        check_kinds(base_model, image, environment, speculation, technique, role, tags, provider)
        check_flag(network_isolation, "network_isolation")
        artifact = known_job.artifact
        image = plain(image)
        given: dict[str, str | None] = plain(dict(environment or {}))
        self._techniques = techniques_of(known_job, artifact, technique)
        self._network_isolation = network_isolation
        self._instance_type = artifact.instance_type
        network = VpcNetwork.of(
            self, vpc, vpc_subnets, security_groups, description="Model of a SageMaker optimization job"
        )
        self._network = network
        check_known(known_job, artifact, image)
        over = self._over = HandOver(self, known_job)
        self._image = over.image() if image is None else image
        access = self._access(role)
        self._role = access.role
        grant_serving_telemetry(access)
        grant_pull(access, self._image)
        self._grant_artifact(access, artifact, over)
        base = self._base(access, artifact, base_model, over)
        self._artifact, self._base_model = artifact, base_model
        self._environment = environment_of(artifact, self._techniques, speculation, given, over.variable)
        self._vpc_config = network.bind(access) if network else None
        self._view = ServedModelView(
            scope=self,
            job=path_of(known_job),
            techniques=self._techniques,
            optimized_for=artifact.instance_type,
            job_environments=artifact.environments,
            given_environment=given,
            given_image=image,
            network_isolation=network_isolation,
            has_speculation=speculation is not None,
            base_uri=None if base is None else self._base_uri(artifact, base_model),
            base_is_given=base_model is not None,
            artifact_uri=None if artifact.location is None else artifact.location.uri,
            exact=artifact.exact,
            detached=artifact.detached,
            imported=artifact.imported,
            output_bucket=None if artifact.location is None else artifact.location.bucket,
        )
        check_against(SERVED_MODEL_RULES, self._view)
        LateRules(SERVED_MODEL_RULES, self._view)
        access.warn_about_missing()
        self._dependencies: list[IDependable] = [
            *access.policies,
            *(network.connectivity if network else ()),
        ]
        self._job_name = over.string(contract.JOB_NAME, artifact.job_name)
        own_tags = {_JOB_NAME_TAG: self._job_name, **(tags or {})}
        self._check_values(own_tags, tags)
        # CloudFormation's own resource has a manager, too.
        self._tags = JobTags(self, contract.MODEL_TYPE, own_tags)
        output = over.string(contract.OUTPUT_LOCATION, artifact.output_location or "")
        self._define(artifact, output, base, own_tags, provider)

    @property
    def model_name(self) -> str:
        """The model's name, which CloudFormation or the provider's function makes."""
        return self._name

    @property
    def model_arn(self) -> str:
        """The model's ARN."""
        return self._arn

    @property
    def role(self) -> iam.IRole:
        """The role that SageMaker assumes for the model."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the model's role, for further grants."""
        return self._role.grant_principal

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of the model's container."""
        return dict(self._environment)

    @property
    def image(self) -> str:
        """URI of the container's image, which is a token unless you gave it."""
        return self._image

    @property
    def container(self) -> Mapping[str, Any]:
        """The API's ``PrimaryContainer`` of the model: its image, variables and files."""
        return dict(self._container)

    @property
    def optimization_job_name(self) -> str:
        """The name of the job that made the artifact, also in another stack than the job's."""
        return self._job_name

    @property
    def techniques(self) -> tuple[Technique, ...]:
        """The techniques of the job, each once, in the order of :class:`Technique`."""
        return self._techniques

    @property
    def instance_type(self) -> str | None:
        """Name of the instance type that the job optimized for, such as ``ml.g5.2xlarge``.

        It is None for an imported job.
        """
        known = self._instance_type
        return None if known is None else self._over.string("InstanceType", known)

    @property
    def network_isolation(self) -> bool:
        """True if nothing in the container can use the network."""
        return self._network_isolation

    @property
    def vpc_config(self) -> Mapping[str, Any] | None:
        """The API's ``VpcConfig``, with ``SecurityGroupIds`` and ``Subnets``. None without a VPC."""
        return self._vpc_config

    @property
    def connections(self) -> ec2.Connections:
        """The model's network connections.

        Raises:
            ValueError: the model has no VPC.
        """
        if self._network is None:
            raise ValueError(f"{self.node.path} has no network connections: give it a vpc to control them")
        return self._network.connections

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that ``Tags.of(…)`` adds to the model."""
        return self._tags.manager

    @property
    def view(self) -> ServedModelView:
        """The parts of the model that rules read."""
        return self._view

    @property
    def dependencies(self) -> Sequence[IDependable]:
        """The policies and routes that whatever runs the model must wait for."""
        return list(self._dependencies)

    def grant_registration(self, access: RoleAccess) -> None:
        """Let a role read the files and look at the image, as CreateModelPackage does for its caller.

        Args:
            access: the access of the role that registers the model.
        """
        grant_look(access, self._image)
        self._grant_artifact(access, self._artifact, self._over)
        self._base(access, self._artifact, self._base_model, self._over)

    def _access(self, role: AnyRole | None) -> RoleAccess:
        """Return the access of the given role, or of a new one."""
        if role is not None:
            return RoleAccess(
                self, role, strict=is_strict(role), managed=is_managed(role), apart=True, what="model"
            )
        own = ServingRole(self, "Role", role_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
        return RoleAccess(self, own, what="model")

    def _define(
        self,
        artifact: OptimizationArtifact,
        output: str,
        base: dict[str, Any] | None,
        tags: dict[str, str],
        provider: OptimizationJobProvider | None,
    ) -> None:
        """Define the resource."""
        if base is None:
            source = source_of(output, artifact.accept_eula)
            request = self._request(source)
            resource: cdk.CfnResource = cfn_model(self, request, tags)
            self._name, self._arn = resource.get_att("ModelName").to_string(), resource.ref
        else:
            given = base["S3"]
            source = source_of(given["S3Uri"], given.get("ModelAccessConfig", {}).get("AcceptEula"))
            request = self._request(source)
            draft = source_of(f"{output}{_DRAFT}/", None)
            request["PrimaryContainer"]["AdditionalModelDataSources"] = [{"ChannelName": CHANNEL, **draft}]
            check("CreateModelInput", {"ModelName": "name", **request}, "the model")
            chosen = OptimizationJobProvider.for_stack(self) if provider is None else provider
            resource = DraftModel(
                self,
                "Resource",
                service_token=chosen.service_token,
                role=self._role,
                request=request,
                tags=self._tags,
            )
            self._name = resource.ref
            self._arn = resource.get_att(contract.MODEL_ARN).to_string()
            node_of(resource).add_dependency(*chosen.serve_model(self, role=self._role))
        self._container = request["PrimaryContainer"]
        if self._dependencies:
            node_of(resource).add_dependency(*self._dependencies)

    def _request(self, source: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of CreateModel, without a name and tags."""
        request: dict[str, Any] = {
            "PrimaryContainer": {"Image": self._image, "ModelDataSource": source},
            "ExecutionRoleArn": once(self._role, "ARN", lambda: self._role.role_arn),
            "EnableNetworkIsolation": self._network_isolation,
        }
        if self._environment:
            request["PrimaryContainer"]["Environment"] = self._environment
        if self._vpc_config is not None:
            request["VpcConfig"] = self._vpc_config
        return request

    def _check_values(self, tags: Mapping[str, str], given: Mapping[str, str] | None) -> None:
        """Check the values of props.

        Raises:
            ValueError: the service model does not allow a value, or a value holds a secret.
        """
        check("EnvironmentMap", self._environment, "environment")
        check("ContainerImage", self._image, "image")
        if given is not None:
            check_strings(given, "tags")
        props = {"environment": self._environment, "image": self._image}
        problems = [
            *problems_with_secrets(self, props, what="model"),
            *tag_problems(self, tags, own=0, what="model"),
        ]
        if problems:
            raise ValueError("; ".join(problems))

    def _base(
        self,
        access: RoleAccess,
        artifact: OptimizationArtifact,
        given: ModelSource | None,
        over: HandOver,
    ) -> dict[str, Any] | None:
        """Return the API's source of the model beside a draft. None if the artifact is the model."""
        if Technique.SPECULATIVE_DECODING not in self._techniques:
            return None
        source = given or artifact.model_source
        if source is None:
            return {}
        if given is not None or source.location is None:
            return source.bind(access)
        # The job's own source may change with the next job, as its artifact does.
        location = source.location
        self._read(access, over, location, location.encryption_key, "Source")
        files: dict[str, Any] = {"S3Uri": over.string("SourceLocation", location.uri)}
        if source.accept_eula is not None:
            files["ModelAccessConfig"] = {"AcceptEula": source.accept_eula}
        return {"S3": files}

    @staticmethod
    def _base_uri(artifact: OptimizationArtifact, given: ModelSource | None) -> str | None:
        """Return the location of the base model as its own stack writes it, for rules."""
        source = given or artifact.model_source
        return None if source is None or source.location is None else source.location.uri

    def _grant_artifact(self, access: RoleAccess, artifact: OptimizationArtifact, over: HandOver) -> None:
        """Let the role read the artifacts of the job, or its drafts.

        The earlier ones are among them: an endpoint may start another instance with the model that it has,
        after the role's policy has changed and before the endpoint itself does.
        """
        location = artifact.location
        if location is None:
            return
        if Technique.SPECULATIVE_DECODING in self._techniques:
            location = location.below(_DRAFT)
        self._read(access, over, location, artifact.encryption_key, "Output")

    def _read(
        self, access: RoleAccess, over: HandOver, location: S3Location, key: kms.IKey | None, of: str
    ) -> None:
        """Let the role read a location of the job, and use its key."""
        if location.bucket is None or not differ(owner_of(location.bucket), account_of(self)):
            # The location has a key of its own, and the role's policy is enough.
            location = replace(over.location(location, of), bucket=None)
        access.read(location)
        if key is None:
            return
        if differ(owner_of(key), account_of(self)):
            access.use_key(key, _DECRYPT)
            return
        named = key_in_policy(key)
        arn = over.string(f"{of}KeyArn", named.arn)
        conditions = named.conditions and {
            operator: {name: over.string(f"{of}KeyAlias", alias) for name, alias in condition.items()}
            for operator, condition in named.conditions.items()
        }
        access.allow(_DECRYPT, [arn], conditions=conditions, wildcard=named.wildcard)
