"""The artifact of a job as a version in SageMaker's model registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.checks.kinds import check_kind, check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.validation import check, plain
from cdk_sagemaker_optimization.facts import node_of, path_of, stacks_around
from cdk_sagemaker_optimization.job.definition_size import DefinitionSize
from cdk_sagemaker_optimization.job.tags import tag_problems
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.provider.names import name_prefix
from cdk_sagemaker_optimization.rules import REGISTERED_MODEL_RULES, check_against
from cdk_sagemaker_optimization.serving.optimized_model import OptimizedModel

from .model_package_props import (
    check_approval_status,
    check_description,
    check_group_name,
    check_metadata_keys,
    check_metrics,
    check_removal_policy,
)

_JOB_NAME = "OptimizationJobName"
_JSON = "application/json"
# With a hyphen and eight digits of the stack's id, a group's name has at most 63 characters.
_LONGEST_NAME = 54
# The metadata properties that the library adds: the names of the job and of the version.
_OWN_METADATA = 2


class RegisteredModel(cdk.Resource):
    """The artifact of a job as a version in a model package group of SageMaker's model registry.

    A new artifact, image, variable, description or location of metrics makes a new version. The old one
    stays, and so do all versions and their group when the stack is deleted, because nothing brings a deleted
    version back. A version that the stack's first deployment made goes with it if that is rolled back. When
    the stack returns to what it registered before, it finds that version again, and makes no other.

    The library's function registers the version, because CloudFormation's own resource cannot: it passes the
    tags of the stack on, which AWS refuses for the versions of a group, and it knows no channel for a draft.

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
        provider: OptimizationJobProvider | None = None,
    ) -> None:
        """Define the version.

        Args:
            scope: the construct that this one belongs to, in the stack of the model.
            id: its id there.
            model: the model of the artifact, with its image and variables, and with the channel of a draft.
            group: the name of a group that exists, or a group of the app. A name that is known only at
                deployment must have no capitals. Default: a new one for the versions of this construct,
                whose name no stack uses again.
            approval_status: ``PendingManualApproval``, ``Approved`` or ``Rejected``. Only a change of it
                changes the status of a version that is there: a decision by hand stays until then.
            metrics: the S3 URI of a JSON file with the quality of the model, such as
                ``s3://models/llama-awq/quality.json``. Default: none.
            description: a description of the version, at most 1024 characters. Default: none.
            tags: the tags of the new group, which ``Tags.of(…)`` overrides, and metadata properties of the
                version, which can have no tags. A change of them changes the version. At most 48. Default:
                the tags of the stack for the group, and none for the version.
            removal_policy: what becomes of a version that the stack no longer has, and of the new group:
                ``RETAIN_ON_UPDATE_OR_DELETE``; ``RETAIN``, which also keeps a version whose first deployment
                is rolled back; or ``DESTROY``. Default: both stay.
            provider: the function that registers the version. Default: that of the stack.

        Raises:
            ValueError: a value is of the wrong kind or not allowed, or the model is in another stack.
        """
        super().__init__(scope, id)
        check_kind(OptimizedModel, model, "model", "an OptimizedModel")
        _check_place(self, model)
        approval_status, description, metrics = plain([approval_status, description, metrics])
        check_approval_status(approval_status)
        check_removal_policy(removal_policy)
        if provider is not None:
            check_kind(OptimizationJobProvider, provider, "provider", "an OptimizationJobProvider")
        check_against(REGISTERED_MODEL_RULES, replace(model.view, scope=self))
        if description is not None:
            check_description(description)
        if metrics is not None:
            check_metrics(metrics)
        own_tags = self._checked_tags(tags, description)
        if group is None:
            group = self._default_group(removal_policy, own_tags)
        elif not isinstance(group, sagemaker.CfnModelPackageGroup):
            group = check_group_name(plain(group))
        self._group = group
        request: dict[str, Any] = {
            contract.MODEL_PACKAGE_GROUP_NAME: self.model_package_group_name,
            contract.MODEL_APPROVAL_STATUS: approval_status,
            # An endpoint shows whether the container can load the artifact.
            "SkipModelValidation": "All",
            "CustomerMetadataProperties": {_JOB_NAME: model.optimization_job_name},
            "InferenceSpecification": _specification(model),
        }
        if description is not None:
            request["ModelPackageDescription"] = description
        if metrics is not None:
            statistics = {"ContentType": _JSON, "S3Uri": metrics}
            request["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
        check("CreateModelPackageInput", request, "the version")
        if own_tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in own_tags.items()]
        self._package = self._define(model, request, provider)
        self._package.apply_removal_policy(removal_policy)

    @property
    def model_package_arn(self) -> str:
        """The version's ARN, which ends in its number. Other versions have other ARNs."""
        return self._package.get_att(contract.MODEL_PACKAGE_ARN).to_string()

    @property
    def model_package_group_name(self) -> str:
        """The name of the version's group."""
        if isinstance(self._group, str):
            return self._group
        return self._group.model_package_group_name

    def _define(
        self, model: OptimizedModel, request: Mapping[str, Any], provider: OptimizationJobProvider | None
    ) -> cdk.CfnResource:
        """Define the resource, and let the function register the version."""
        chosen = OptimizationJobProvider.for_stack(self) if provider is None else provider
        properties = {
            contract.SERVICE_TOKEN: chosen.service_token,
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.NAME_PREFIX: name_prefix(self),
            **request,
        }
        DefinitionSize(self, properties).check()
        package = cdk.CfnResource(self, "Resource", type=contract.MODEL_PACKAGE_TYPE, properties=properties)
        needed, access = chosen.register(self, group=self.model_package_group_name)
        model.grant_registration(access)
        access.warn_about_missing()
        node_of(package).add_dependency(*needed, *access.policies)
        if isinstance(self._group, sagemaker.CfnModelPackageGroup):
            node_of(package).add_dependency(self._group)
        return package

    def _default_group(
        self, removal_policy: cdk.RemovalPolicy, tags: Mapping[str, str]
    ) -> sagemaker.CfnModelPackageGroup:
        """Define a group for the versions of this construct.

        It stays when the stack is deleted, so a stack that is deployed again needs another name.
        """
        # IAM may see it in lower case, so it has no capitals.
        own = cdk.Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-").lower()
        of_the_stack = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))
        unique = cdk.Fn.select(0, cdk.Fn.split("-", of_the_stack))
        group = sagemaker.CfnModelPackageGroup(
            self,
            "Group",
            model_package_group_name=f"{own}-{unique}",
            tags=[cdk.CfnTag(key=key, value=value) for key, value in tags.items()] or None,
        )
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
        check_metadata_keys(own, (_JOB_NAME, contract.VERSION_NAME, contract.MODEL_APPROVAL_STATUS))
        if own:
            check("CustomerMetadataMap", own, "tags")
        problems = tag_problems(self, own, own=_OWN_METADATA, what="version")
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


def _specification(model: OptimizedModel) -> dict[str, Any]:
    specification: dict[str, Any] = {
        "Containers": [dict(model.container)],
        "SupportedContentTypes": [_JSON],
        "SupportedResponseMIMETypes": [_JSON],
    }
    if model.instance_type is not None:
        specification["SupportedRealtimeInferenceInstanceTypes"] = [model.instance_type]
    return specification
