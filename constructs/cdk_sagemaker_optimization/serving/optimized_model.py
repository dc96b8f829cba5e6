"""What a job made, as a model of SageMaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.execution_role import is_managed, is_strict
from cdk_sagemaker_optimization.access.network import VpcNetwork
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_flag, check_kind, check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.types import AnyRole
from cdk_sagemaker_optimization.checks.validation import check, plain
from cdk_sagemaker_optimization.facts import account_of, node_of, once, owner_of, path_of, stack_of
from cdk_sagemaker_optimization.job.artifact import OptimizationArtifact
from cdk_sagemaker_optimization.job.base import OptimizationJobBase
from cdk_sagemaker_optimization.job.interface import IOptimizationJob
from cdk_sagemaker_optimization.props.container_image import grant_pull
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.technique import Technique
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.rules import SERVED_MODEL_RULES, ServedModelView, check_against

from .draft_model import DraftModel
from .environment import environment_of
from .hand_over import HandOver, hand_over
from .serving_role import ServingRole, grant_serving_telemetry
from .speculation import CHANNEL, Speculation

_DRAFT = "draft"


@jsii.implements(ec2.IConnectable, iam.IGrantable)
class OptimizedModel(cdk.Resource):
    """What a job made, as a model of SageMaker that an endpoint serves.

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
        _check_kinds(job, base_model, image, environment, speculation, technique, role, provider)
        check_flag(network_isolation, "network_isolation")
        assert isinstance(job, OptimizationJobBase)
        artifact = job.artifact
        image = plain(image)
        given: dict[str, str | None] = plain(dict(environment or {}))
        self._techniques = _techniques(job, artifact, technique)
        self._network_isolation = network_isolation
        self._instance_type = artifact.instance_type
        network = VpcNetwork.of(
            self, vpc, vpc_subnets, security_groups, description="Model of a SageMaker optimization job"
        )
        self._network = network
        _check_known(job, artifact, image)
        values = hand_over(self, job, image=image)
        self._image = values.image
        if role is None:
            role = ServingRole(self, "Role", role_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
        self._role = role
        access = RoleAccess(self, role, strict=is_strict(role), managed=is_managed(role), what="model")
        grant_serving_telemetry(access)
        grant_pull(access, self._image)
        self._grant_artifact(access, artifact, values)
        base = self._base(access, artifact, base_model)
        self._environment = environment_of(artifact, self._techniques, speculation, given)
        self._vpc_config = network.bind(access) if network else None
        self._view = ServedModelView(
            scope=self,
            job=path_of(job),
            techniques=self._techniques,
            optimized_for=artifact.instance_type,
            job_environments=artifact.environments,
            given_environment=given,
            given_image=image,
            network_isolation=network_isolation,
            has_speculation=speculation is not None,
            base_uri=None if base is None else base.get("S3", {}).get("S3Uri"),
            base_is_given=base_model is not None,
            artifact_uri=None if artifact.location is None else artifact.location.uri,
            exact=artifact.exact,
            detached=artifact.detached,
            imported=artifact.imported,
            output_bucket=None if artifact.location is None else artifact.location.bucket,
        )
        check_against(SERVED_MODEL_RULES, self._view)
        access.warn_about_missing()
        self._dependencies: list[IDependable] = [
            *access.policies,
            *(network.connectivity if network else ()),
        ]
        if image is None:
            artifact.require_image()
        own_tags = {"OptimizationJobName": values.job_name, **(tags or {})}
        self._check_values(own_tags, tags)
        self._define(artifact, values, base, own_tags, provider)

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
    def techniques(self) -> tuple[Technique, ...]:
        """The techniques of the job, each once, in the order of :class:`Technique`."""
        return self._techniques

    @property
    def instance_type(self) -> str | None:
        """Name of the instance type that the job optimized for, such as ``ml.g5.2xlarge``.

        It is None for an imported job.
        """
        return self._instance_type

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
    def view(self) -> ServedModelView:
        """The parts of the model that rules read."""
        return self._view

    @property
    def dependencies(self) -> Sequence[IDependable]:
        """The policies and routes that whatever runs the model must wait for."""
        return list(self._dependencies)

    def _define(
        self,
        artifact: OptimizationArtifact,
        values: HandOver,
        base: dict[str, Any] | None,
        tags: dict[str, str],
        provider: OptimizationJobProvider | None,
    ) -> None:
        """Define the resource."""
        if base is None:
            source = _source(values.output_location, artifact.accept_eula)
            resource: cdk.CfnResource = _cfn_model(self, self._request(source), tags)
            self._name, self._arn = resource.get_att("ModelName").to_string(), resource.ref
        else:
            given = base["S3"]
            source = _source(given["S3Uri"], given.get("ModelAccessConfig", {}).get("AcceptEula"))
            request = self._request(source)
            draft = _source(f"{values.output_location}{_DRAFT}/", None)
            request["PrimaryContainer"]["AdditionalModelDataSources"] = [{"ChannelName": CHANNEL, **draft}]
            check("CreateModelInput", {"ModelName": "name", **request}, "the model")
            chosen = OptimizationJobProvider.for_stack(self) if provider is None else provider
            resource = DraftModel(
                self, "Resource", service_token=chosen.service_token, request=request, tags=tags
            )
            self._name = resource.ref
            self._arn = resource.get_att(contract.MODEL_ARN).to_string()
            node_of(resource).add_dependency(*chosen.serve_model(self, role=self._role))
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
        check("TagList", [{"Key": key, "Value": value} for key, value in tags.items()], "tags")
        props = {"environment": self._environment, "image": self._image, "tags": dict(given or {})}
        problems = problems_with_secrets(self, props, what="model")
        if problems:
            raise ValueError("; ".join(problems))

    def _base(
        self, access: RoleAccess, artifact: OptimizationArtifact, given: ModelSource | None
    ) -> dict[str, Any] | None:
        """Return the API's source of the model beside a draft. None if the artifact is the model."""
        if Technique.SPECULATIVE_DECODING not in self._techniques:
            if given is not None:
                raise ValueError(
                    "base_model must be left out, because the artifact of "
                    f"{' and '.join(each.label for each in self._techniques)} is a model itself, got one: "
                    "only a draft of speculative decoding is served beside a base model"
                )
            return None
        source = given or artifact.model_source
        return {} if source is None else source.bind(access)

    def _grant_artifact(self, access: RoleAccess, artifact: OptimizationArtifact, values: HandOver) -> None:
        """Let the role read the artifact, and of a draft's job only the draft."""
        folder = _DRAFT if Technique.SPECULATIVE_DECODING in self._techniques else None
        location, alternative = artifact.location, artifact.location_without_job
        if location is None or alternative is None:
            return
        bucket = location.bucket
        # Neither a bucket of another account nor the job's own role can wait for the job.
        if self._role is artifact.role or (bucket is not None and differ(owner_of(bucket), account_of(self))):
            location = alternative
        elif values.crosses_stacks:
            location, folder = (
                S3Location.of_uri(values.output_location + (f"{folder}/" if folder else "")),
                None,
            )
        access.read(location.below(folder) if folder else location)
        if artifact.encryption_key is not None:
            access.use_key(artifact.encryption_key, ["kms:Decrypt"])


def _source(uri: str, accept_eula: bool | None) -> dict[str, Any]:
    """Return files under a prefix as the API takes them."""
    source: dict[str, Any] = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}
    if accept_eula is not None:
        source["ModelAccessConfig"] = {"AcceptEula": accept_eula}
    return {"S3DataSource": source}


def _cfn_model(model: Construct, request: Mapping[str, Any], tags: Mapping[str, str]) -> sagemaker.CfnModel:
    """Define CloudFormation's own resource."""
    container = request["PrimaryContainer"]
    files = container["ModelDataSource"]["S3DataSource"]
    network = request.get("VpcConfig")
    accessed = files.get("ModelAccessConfig")
    access_config = accessed and sagemaker.CfnModel.ModelAccessConfigProperty(
        accept_eula=accessed["AcceptEula"]
    )
    source = sagemaker.CfnModel.S3DataSourceProperty(
        s3_uri=files["S3Uri"],
        s3_data_type=files["S3DataType"],
        compression_type=files["CompressionType"],
        model_access_config=access_config,
    )
    return sagemaker.CfnModel(
        model,
        "Resource",
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=container["Image"],
            environment=container.get("Environment"),
            model_data_source=sagemaker.CfnModel.ModelDataSourceProperty(s3_data_source=source),
        ),
        execution_role_arn=request["ExecutionRoleArn"],
        enable_network_isolation=request["EnableNetworkIsolation"],
        vpc_config=network
        and sagemaker.CfnModel.VpcConfigProperty(
            security_group_ids=network["SecurityGroupIds"], subnets=network["Subnets"]
        ),
        tags=[cdk.CfnTag(key=key, value=value) for key, value in tags.items()],
    )


def _check_kinds(
    job: object,
    base_model: object,
    image: object,
    environment: object,
    speculation: object,
    technique: object,
    role: object,
    provider: object,
) -> None:
    """Check that props are of the right kinds.

    Raises:
        ValueError: a prop is of another kind, such as a string.
    """
    check_kind(OptimizationJobBase, job, "job", "an OptimizationJob, such as OptimizationJob.from_…(…)")
    for kind, value, prop, expected in (
        (ModelSource, base_model, "base_model", "ModelSource.from_bucket(…) or .from_s3_uri(…)"),
        (str, image, "image", "the URI of an image"),
        (Mapping, environment, "environment", "a mapping of strings"),
        (Speculation, speculation, "speculation", "Speculation.eagle(…)"),
        (Technique, technique, "technique", "a member of Technique"),
        (OptimizationJobProvider, provider, "provider", "an OptimizationJobProvider"),
    ):
        if value is not None:
            check_kind(kind, value, prop, expected)
    if role is not None:
        check_construct("role", role, "role")


def _techniques(
    job: OptimizationJobBase, artifact: OptimizationArtifact, given: Technique | None
) -> tuple[Technique, ...]:
    """Return the techniques of a job.

    Raises:
        ValueError: the technique of an imported job is left out, or another job has one given.
    """
    if not artifact.imported:
        if given is not None:
            raise ValueError(
                f"technique must be left out, because {path_of(job)} is a job of the app, which knows its "
                f"own, got {given.label}"
            )
        return artifact.techniques
    if given is None:
        raise ValueError(
            f"the technique of the imported job {path_of(job)} is not known: give technique, such as "
            "technique=Technique.QUANTIZATION"
        )
    return (given,)


def _check_known(job: OptimizationJobBase, artifact: OptimizationArtifact, image: str | None) -> None:
    """Check that the values of an imported job are known.

    Raises:
        ValueError: one is not.
    """
    if not artifact.imported:
        return
    if artifact.output_location is None:
        raise ValueError(
            f"the output location of {path_of(job)} is unknown: import the job with "
            "from_optimization_job_attributes(…, output_location=…)"
        )
    if image is None:
        raise ValueError(
            f"the image that SageMaker recommends for the artifact of the imported job {path_of(job)} is not "
            "known: give image"
        )
