"""The check that an endpoint runs what was deployed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract

from .inference_component import InferenceComponent


class EndpointVerification(cdk.CfnResource):
    """Fails the deployment if SageMaker has rolled the endpoint back to what it ran before.

    SageMaker may return to the old config without an error. The endpoint is then in service, and
    CloudFormation would delete the config that it runs: https://github.com/hashicorp/terraform-provider-aws/issues/48997

    Args:
        scope: the construct that this one belongs to.
        id: its id there.
        service_token: the ARN of the function.
        endpoint_name: the endpoint's name.
        endpoint_config_name: the name of the config that it should run.
        components: its components.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        service_token: str,
        endpoint_name: str,
        endpoint_config_name: str,
        components: Sequence[InferenceComponent],
    ) -> None:
        properties: dict[str, Any] = {
            contract.SERVICE_TOKEN: service_token,
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.ENDPOINT_NAME: endpoint_name,
            contract.ENDPOINT_CONFIG_NAME: endpoint_config_name,
        }
        if components:
            properties[contract.INFERENCE_COMPONENTS] = [
                {
                    contract.INFERENCE_COMPONENT_NAME: component.name,
                    contract.MODEL_NAME: component.model_name,
                    contract.COMPONENT_SETTINGS: component.settings,
                }
                for component in components
            ]
        super().__init__(scope, id, type=contract.ENDPOINT_VERIFICATION_TYPE, properties=properties)
