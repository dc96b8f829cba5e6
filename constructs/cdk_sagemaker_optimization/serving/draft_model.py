"""A model with a draft beside it, which CloudFormation's own resource cannot describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.job.definition_size import DefinitionSize
from cdk_sagemaker_optimization.job.late_checks import LateChecks
from cdk_sagemaker_optimization.job.order import JobOrder
from cdk_sagemaker_optimization.job.resource import JobResource
from cdk_sagemaker_optimization.job.tags import JobTags, TagCheck
from cdk_sagemaker_optimization.provider.names import name_prefix

_WHAT = "model"


class DraftModel(JobResource):
    """A model that the provider's function creates, because it has ``AdditionalModelDataSources``.

    Args:
        model: the construct of the model.
        id: the resource's id there.
        service_token: the ARN of the function.
        role: the role of the model.
        request: the parameters of CreateModel, without a name and tags.
        tags: the tags of the model.
    """

    def __init__(
        self,
        model: Construct,
        id: str,
        *,
        service_token: str,
        role: iam.IRole,
        request: Mapping[str, Any],
        tags: JobTags,
    ) -> None:
        properties = {
            contract.SERVICE_TOKEN: service_token,
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.NAME_PREFIX: name_prefix(model),
            "Tags": tags.rendered,
            **request,
        }
        size = DefinitionSize(model, properties)
        size.check()
        super().__init__(model, id, type=contract.MODEL_TYPE, properties=properties, what=_WHAT)
        checks = [
            self.problems,
            TagCheck(model, self, tags, own=0, what=_WHAT).problems,
            JobOrder(model, role, what=_WHAT, role_class="ServingRole").problems,
            size.problems,
        ]
        LateChecks(model, self, properties, checks)
