"""The artifact of a job as a version in SageMaker's model registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_optimization.checks.kinds import check_kind, check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.validation import plain
from cdk_sagemaker_optimization.facts import node_of, path_of, stacks_around
from cdk_sagemaker_optimization.job.tags import tag_problems
from cdk_sagemaker_optimization.rules import REGISTERED_MODEL_RULES, check_against
from cdk_sagemaker_optimization.serving.optimized_model import OptimizedModel

from .model_package_props import (
    check_approval_status,
    check_description,
    check_environment,
    check_group_name,
    check_metrics,
    check_removal_policy,
)

_JOB_NAME = "OptimizationJobName"
_JSON = "application/json"
# With a hyphen and eight digits of the stack's id, a group's name has at most 63 characters.
_LONGEST_NAME = 54


class RegisteredModel(cdk.Resource):
    """The artifact of a job as a version in a model package group of SageMaker's model registry.

    A new artifact, image, variable, description or location of metrics makes a new version. The old one
    stays, and so do all versions and their group when the stack is deleted, because nothing brings a deleted
    version back. A version that the stack's first deployment made goes with it if that is rolled back.

    A version may be there before an endpoint has served the artifact. Let it wait with
    ``registered.node.add_dependency(endpoint)``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: OptimizedModel,
        group: str | sagemaker.CfnModelPackageGroup | None = None,
        approval_status: str = "PendingManualApproval",
        metrics: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        """Define the version.

        Args:
            scope: the construct that this one belongs to, in the stack of the model.
            id: its id there.
            model: the model of the artifact, with its image and variables. CloudFormation cannot register a
                draft of speculative decoding.
            group: the name of a group that exists, or a group of the app. Default: a new one for the versions
                of this construct, whose name no stack uses again.
            approval_status: ``PendingManualApproval``, ``Approved`` or ``Rejected``. A change of it changes
                the version.
            metrics: the S3 URI of a JSON file with the quality of the model, such as
                ``s3://models/llama-awq/quality.json``. Default: none.
            description: a description of the version, at most 1024 characters. Default: none.
            tags: the tags of the version, which ``Tags.of(…)`` overrides. Default: the tags of the stack.
            removal_policy: what becomes of a version that the stack no longer has, and of the new group:
                ``RETAIN_ON_UPDATE_OR_DELETE``; ``RETAIN``, which also keeps a version whose first deployment
                is rolled back; or ``DESTROY``. Default: both stay.

        Raises:
            ValueError: a value is of the wrong kind or not allowed, the model is in another stack, or it has
                a draft or more than 16 variables.
        """
        super().__init__(scope, id)
        check_kind(OptimizedModel, model, "model", "an OptimizedModel")
        _check_place(self, model)
        approval_status, description, metrics = plain([approval_status, description, metrics])
        check_approval_status(approval_status)
        check_removal_policy(removal_policy)
        check_against(REGISTERED_MODEL_RULES, replace(model.view, scope=self))
        check_environment(model.environment)
        if description is not None:
            check_description(description)
        if metrics is not None:
            check_metrics(metrics)
        own_tags = self._checked_tags(tags, description)
        if group is None:
            group = self._default_group(removal_policy)
        elif not isinstance(group, sagemaker.CfnModelPackageGroup):
            group = check_group_name(plain(group))
        self._group = group
        self._package = sagemaker.CfnModelPackage(
            self,
            "Resource",
            model_package_group_name=self.model_package_group_name,
            model_package_description=description,
            model_approval_status=approval_status,
            # An endpoint shows whether the container can load the artifact.
            skip_model_validation="All",
            customer_metadata_properties={_JOB_NAME: model.optimization_job_name},
            inference_specification=_specification(model),
            model_metrics=None if metrics is None else _quality(metrics),
            tags=[cdk.CfnTag(key=key, value=value) for key, value in own_tags.items()] or None,
        )
        self._package.apply_removal_policy(removal_policy)
        if isinstance(self._group, sagemaker.CfnModelPackageGroup):
            node_of(self._package).add_dependency(self._group)

    @property
    def model_package_arn(self) -> str:
        """The version's ARN, which ends in its number. Other versions have other ARNs."""
        return self._package.ref

    @property
    def model_package_group_name(self) -> str:
        """The name of the version's group."""
        if isinstance(self._group, str):
            return self._group
        return self._group.model_package_group_name

    def _default_group(self, removal_policy: cdk.RemovalPolicy) -> sagemaker.CfnModelPackageGroup:
        """Define a group for the versions of this construct.

        It stays when the stack is deleted, so a stack that is deployed again needs another name.
        """
        own = cdk.Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        of_the_stack = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))
        unique = cdk.Fn.select(0, cdk.Fn.split("-", of_the_stack))
        group = sagemaker.CfnModelPackageGroup(self, "Group", model_package_group_name=f"{own}-{unique}")
        group.apply_removal_policy(removal_policy)
        return group

    def _checked_tags(self, tags: Mapping[str, str] | None, description: str | None) -> dict[str, str]:
        """Return the tags.

        Raises:
            ValueError: the API does not allow them, or they or the description hold a secret.
        """
        given = {} if tags is None else tags
        check_kind(Mapping, given, "tags", "a mapping of strings")
        check_strings(given, "tags")
        own: dict[str, str] = plain(dict(given))
        problems = tag_problems(self, own, own=0, what="version")
        problems += problems_with_secrets(self, {"description": description}, what="version")
        if problems:
            raise ValueError("; ".join(problems))
        return own


def _check_place(registered: Construct, model: OptimizedModel) -> None:
    """Check that a version is in the stack of its model.

    Raises:
        ValueError: it is in another one, whose export of the artifact could not change any more.
    """
    ours, theirs = stacks_around(registered)[0], stacks_around(model)[0]
    if ours is not theirs:
        raise ValueError(
            f"{path_of(registered)} must be in the stack of its model {path_of(model)}, {path_of(theirs)}, "
            f"got {path_of(ours)}: define it there, or define another OptimizedModel in {path_of(ours)}"
        )


def _specification(model: OptimizedModel) -> sagemaker.CfnModelPackage.InferenceSpecificationProperty:
    package = sagemaker.CfnModelPackage
    container = model.container
    files = container["ModelDataSource"]["S3DataSource"]
    accessed = files.get("ModelAccessConfig")
    source = package.S3ModelDataSourceProperty(
        s3_uri=files["S3Uri"],
        s3_data_type=files["S3DataType"],
        compression_type=files["CompressionType"],
        model_access_config=accessed
        and package.ModelAccessConfigProperty(accept_eula=accessed["AcceptEula"]),
    )
    return package.InferenceSpecificationProperty(
        containers=[
            package.ModelPackageContainerDefinitionProperty(
                image=container["Image"],
                environment=container.get("Environment"),
                model_data_source=package.ModelDataSourceProperty(s3_data_source=source),
            )
        ],
        supported_content_types=[_JSON],
        supported_response_mime_types=[_JSON],
        supported_realtime_inference_instance_types=None
        if model.instance_type is None
        else [model.instance_type],
    )


def _quality(metrics: str) -> sagemaker.CfnModelPackage.ModelMetricsProperty:
    package = sagemaker.CfnModelPackage
    file = package.MetricsSourceProperty(content_type=_JSON, s3_uri=metrics)
    return package.ModelMetricsProperty(model_quality=package.ModelQualityProperty(statistics=file))
