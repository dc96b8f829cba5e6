"""A model with a draft beside it, which CloudFormation's own resource cannot describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.job.late_checks import LateChecks
from cdk_sagemaker_optimization.job.resource import JobResource
from cdk_sagemaker_optimization.job.tags import JobTags, TagCheck
from cdk_sagemaker_optimization.provider.names import name_prefix


@jsii.implements(cdk.ITaggableV2)
class DraftModel(JobResource):
    """A model that the provider's function creates, because it has ``AdditionalModelDataSources``.

    Args:
        model: the construct of the model.
        id: the resource's id there.
        service_token: the ARN of the function.
        request: the parameters of CreateModel, without a name and tags.
        tags: the tags that the model has beside those of its stacks.
    """

    def __init__(
        self,
        model: Construct,
        id: str,
        *,
        service_token: str,
        request: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> None:
        # The CDK asks for the tags before a Python constructor goes on.
        self._tags = JobTags(model, contract.MODEL_TYPE, tags)
        properties = {
            contract.SERVICE_TOKEN: service_token,
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.NAME_PREFIX: name_prefix(model),
            "Tags": self._tags.rendered,
            **request,
        }
        super().__init__(model, id, type=contract.MODEL_TYPE, properties=properties)
        LateChecks(
            model, self, properties, [self.problems, TagCheck(model, self, self._tags, own=0).problems]
        )

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that ``Tags.of(…)`` adds to the model."""
        return self._tags.manager
