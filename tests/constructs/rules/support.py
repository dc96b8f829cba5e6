"""What the tests of the rules share."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from constructs import IConstruct

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import make_job

Config = optimization.OptimizationConfig
InstanceType = optimization.DeploymentInstanceType
Technique = optimization.QuantizationTechnique

DEGREE = "OPTION_TENSOR_PARALLEL_DEGREE"
DJL = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference"

COMPILATION = Config.compilation()
EAGLE = Config.speculative_decoding()
SHARDING = Config.sharding(tensor_parallel_degree=8)
NEURON_COMPILATION = Config.compilation(environment={DEGREE: "2"})

_WARNING = re.compile(r"(?P<text>.*) \[ack: cdk-sagemaker-optimization:(?P<id>\w+)\]", re.DOTALL)


def quantization(technique: str | None = None, **props: Any) -> optimization.OptimizationConfig:
    return Config.quantization(technique=Technique.of(technique) if technique else None, **props)


class Attempts:
    """Jobs of one stack, each with an id of its own."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.stack = stack
        self._numbers = count(1)

    def warnings(
        self, *configs: optimization.OptimizationConfig, instance: str = "ml.g5.2xlarge", **props: Any
    ) -> dict[str, str]:
        """The warnings about a job, by their ids, when it is defined."""
        return warnings_about(self._job(configs, instance, props))

    def refusal(
        self, *configs: optimization.OptimizationConfig, instance: str = "ml.g5.2xlarge", **props: Any
    ) -> str:
        """Why a job cannot be defined."""
        with pytest.raises(ValueError, match=r".") as error:
            self._job(configs, instance, props)
        return str(error.value)

    def _job(
        self, configs: tuple[optimization.OptimizationConfig, ...], instance: str, props: dict[str, Any]
    ) -> optimization.OptimizationJob:
        return make_job(
            self.stack,
            f"Job{next(self._numbers)}",
            optimization_configs=list(configs),
            deployment_instance_type=InstanceType.of(instance),
            **props,
        )


def warnings_about(construct: IConstruct) -> dict[str, str]:
    """The warnings at a construct, by their ids."""
    found = {}
    for entry in construct.node.metadata:
        match = _WARNING.fullmatch(str(entry.data)) if entry.type == "aws:cdk:warning" else None
        if match:
            found[match["id"]] = match["text"]
    return found


def warnings_at_synthesis(stack: cdk.Stack) -> dict[str, list[tuple[str, str]]]:
    """The warnings of a stack when it is synthesized, as paths and texts by their ids."""
    found: dict[str, list[tuple[str, str]]] = {}
    annotations = assertions.Annotations.from_stack(stack)
    for message in annotations.find_warning("*", assertions.Match.string_like_regexp(".*")):
        match = _WARNING.fullmatch(str(message.entry.data))
        if match:
            found.setdefault(match["id"], []).append((message.id, match["text"]))
    return found


def token(stack: cdk.Stack, name: str) -> str:
    """A value that is known only at deployment."""
    found = stack.node.try_find_child(name) or cdk.CfnParameter(stack, name)
    assert isinstance(found, cdk.CfnParameter)
    return found.value_as_string
