"""Instance families that SageMaker's own SDK does not know: a warning, never a refusal."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import (
    COMPILATION,
    EAGLE,
    SHARDING,
    Attempts,
    InstanceType,
    quantization,
    token,
    warnings_about,
)
from tests.constructs.support import make_job

_SDK_FAMILIES = {"p4d", "p4de", "p5", "g5", "g6", "inf2", "trn1", "trn1n"}
_NEWER = sorted(
    {name for name in InstanceType.known_values() if name.split(".")[1] not in _SDK_FAMILIES},
    key=lambda name: name.split(".")[1],
)


@pytest.mark.parametrize("family", sorted({name.split(".")[1] for name in _NEWER}))
def test_a_family_that_only_the_api_knows_is_warned_of(attempts: Attempts, family: str) -> None:
    instance = next(name for name in _NEWER if name.split(".")[1] == family)
    assert attempts.warnings(quantization("awq"), instance=instance) == {
        "newerInstanceFamily": f"deployment_instance_type {instance} is allowed by the API, but SageMaker's "
        "own SDK optimizes models for p4d, p4de, p5, g5, g6, inf2, trn1, trn1n only, so what works for "
        f"{family} is not known: try it, or choose one of these"
    }


@pytest.mark.parametrize("family", sorted(_SDK_FAMILIES - {"inf2", "trn1", "trn1n"}))
def test_a_family_of_the_sdk_is_not(attempts: Attempts, family: str) -> None:
    instance = next(name for name in InstanceType.known_values() if name.split(".")[1] == family)
    assert attempts.warnings(quantization("awq"), instance=instance) == {}


def test_an_instance_type_that_is_newer_than_the_library_has_one_warning(attempts: Attempts) -> None:
    assert list(attempts.warnings(quantization("awq"), instance="ml.g9.2xlarge")) == ["unknownInstanceType"]


@pytest.mark.parametrize(
    ("configs", "instance", "rule"),
    [
        ([COMPILATION, EAGLE], "ml.g6e.2xlarge", "compilationWithSpeculativeDecoding"),
        ([quantization("smoothquant")], "ml.p5e.48xlarge", "smoothquantWithoutCompilation"),
        ([quantization("awq")], "ml.trn2.48xlarge", "neuronNotCompilationAlone"),
        ([SHARDING], "ml.inf3.8xlarge", "neuronNotCompilationAlone"),
    ],
)
def test_what_is_refused_for_a_family_is_a_warning_for_a_newer_one(
    attempts: Attempts, configs: list[optimization.OptimizationConfig], instance: str, rule: str
) -> None:
    assert rule in attempts.warnings(*configs, instance=instance)


def test_an_instance_type_that_is_a_token_is_left_for_deployment(attempts: Attempts) -> None:
    instance = token(attempts.stack, "Family")
    assert attempts.warnings(quantization("awq"), instance=instance) == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_warning_can_be_acknowledged(stack: cdk.Stack, when: str) -> None:
    def acknowledge() -> None:
        cdk.Annotations.of(stack).acknowledge_warning(
            "cdk-sagemaker-optimization:newerInstanceFamily", "it worked last week"
        )

    if when == "before":
        acknowledge()
    job = make_job(stack, deployment_instance_type=InstanceType.ML_G6E_2XLARGE)
    if when == "after":
        assert warnings_about(job)
        acknowledge()
    assert warnings_about(job) == {}
