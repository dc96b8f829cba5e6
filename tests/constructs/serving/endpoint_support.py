"""What the tests of endpoints share."""

from __future__ import annotations

from itertools import count
from typing import Any

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import warnings_about
from tests.constructs.support import make_job, new_app, properties_of, resources_of

CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"
COMPONENT = "AWS::SageMaker::InferenceComponent"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
ALARM = "AWS::CloudWatch::Alarm"
VERIFICATION = "Custom::SageMakerEndpointVerification"

Config = optimization.OptimizationConfig
Hosting = optimization.Hosting
Update = optimization.EndpointUpdate

QUANTIZED = Config.quantization(technique=optimization.QuantizationTechnique.AWQ)
COMPILED = Config.compilation(environment={"OPTION_TENSOR_PARALLEL_DEGREE": "4"})
SHARDED = Config.sharding(tensor_parallel_degree=8)
EAGLE = Config.speculative_decoding()

COMPONENTS = Hosting.components(min_memory=cdk.Size.gibibytes(24))


def make_model(
    stack: cdk.Stack,
    id: str = "Model",
    *,
    config: optimization.OptimizationConfig = QUANTIZED,
    instance: str = "ml.g5.2xlarge",
    **props: Any,
) -> optimization.OptimizedModel:
    """A model of a small job."""
    job = make_job(
        stack,
        f"{id}Job",
        optimization_configs=[config],
        deployment_instance_type=optimization.DeploymentInstanceType.of(instance),
    )
    return optimization.OptimizedModel(stack, id, job=job, **props)


def make_endpoint(stack: cdk.Stack, id: str = "Endpoint", **props: Any) -> optimization.OptimizedEndpoint:
    """An endpoint of a small model."""
    if "model" not in props:
        props["model"] = make_model(stack, f"{id}Model")
    return optimization.OptimizedEndpoint(stack, id, **props)


class Endpoints:
    """Endpoints of one stack that serve one quantized model, because a stack takes longer to make."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(new_app(), "Endpoints")
        self.model = make_model(self.stack)
        self._numbers = count(1)
        self._models: dict[tuple[str, str], optimization.OptimizedModel] = {}

    def model_of(
        self, config: optimization.OptimizationConfig, instance: str = "ml.g5.2xlarge"
    ) -> optimization.OptimizedModel:
        """A model that was optimized in another way."""
        key = (str(id(config)), instance)
        if key not in self._models:
            self._models[key] = make_model(
                self.stack, f"Model{next(self._numbers)}", config=config, instance=instance
            )
        return self._models[key]

    def model_with(self, **props: Any) -> optimization.OptimizedModel:
        """A model with other props."""
        return make_model(self.stack, f"Model{next(self._numbers)}", **props)

    def make(self, **props: Any) -> optimization.OptimizedEndpoint:
        return make_endpoint(self.stack, f"Endpoint{next(self._numbers)}", **{"model": self.model, **props})

    def refusal(self, **props: Any) -> str:
        """Why an endpoint cannot be defined."""
        with pytest.raises(ValueError, match=r".") as error:
            self.make(**props)
        return str(error.value)

    def warnings(self, **props: Any) -> dict[str, str]:
        """The warnings about an endpoint, by their ids, when it is defined."""
        return warnings_about(self.make(**props))


def variants_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = properties_of(template, CONFIG)["ProductionVariants"]
    return found


def variant_of(template: dict[str, Any]) -> dict[str, Any]:
    """The only variant of the only endpoint."""
    (variant,) = variants_of(template)
    return variant


def id_of(template: dict[str, Any], resource_type: str) -> str:
    """The logical id of the only resource of a type."""
    (logical_id,) = resources_of(template, resource_type)
    return logical_id
