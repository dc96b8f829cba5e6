"""What the versions of AWS's container can do."""

from __future__ import annotations

import pytest

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.rules.image_tag import ImageTag
from tests.constructs.rules.support import DEGREE, DJL, Attempts, Config, quantization, token


def _sharding(tag: str) -> optimization.OptimizationConfig:
    return Config.sharding(tensor_parallel_degree=8, image=f"{DJL}:{tag}")


def _compilation(tag: str) -> optimization.OptimizationConfig:
    return Config.compilation(environment={DEGREE: "2"}, image=f"{DJL}:{tag}")


@pytest.mark.parametrize(
    "tag",
    ["0.30.0-lmi12.0.0-cu124", "0.35.0-lmi17.0.0-cu128", "0.36.0", "0.31.0-neuronx-sdk2.20.1"],
)
def test_sharding_with_an_image_that_cannot_is_warned_of(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(_sharding(tag)) == {
        "imageWithoutSharding": "the image of sharding must be djl-inference 0.31 to 0.34 (LMI 13 to 16), "
        f"as far as is known, got {tag!r}: give such an image, or leave image out"
    }


@pytest.mark.parametrize("tag", ["0.31.0-lmi13.0.0-cu124", "0.34.0-lmi16.0.0-cu128", "0.32.0"])
def test_sharding_with_an_image_that_can_passes(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(_sharding(tag)) == {}


@pytest.mark.parametrize("tag", ["0.35.0-neuronx-sdk2.24.1", "0.36.0", "0.29.0-lmi11.0.0-cu124"])
def test_compilation_for_neuron_with_an_image_that_cannot_is_warned_of(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(_compilation(tag), instance="ml.inf2.8xlarge") == {
        "imageWithoutNeuron": "the image of a compilation for ml.inf2.8xlarge must be djl-inference with "
        f"neuronx and older than 0.35, as far as is known, got {tag!r}: give such an image, or leave image "
        "out"
    }


@pytest.mark.parametrize("tag", ["0.29.0-neuronx-sdk2.19.1", "0.34.0-neuronx-sdk2.23.0", "0.34.0"])
def test_compilation_for_neuron_with_an_image_that_can_passes(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(_compilation(tag), instance="ml.inf2.8xlarge") == {}


@pytest.mark.parametrize("tag", ["0.29.0-lmi11.0.0-cu124", "0.29.0-neuronx-sdk2.19.1"])
def test_compilation_for_a_gpu_with_an_image_that_cannot_is_warned_of(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(_compilation(tag)) == {
        "imageWithoutTensorRtLlm": "the image of a compilation for ml.g5.2xlarge must be djl-inference "
        f"with tensorrtllm, as far as is known, got {tag!r}: give such an image, or leave image out"
    }


@pytest.mark.parametrize("tag", ["0.29.0-tensorrtllm0.11.0-cu124", "0.29.0"])
def test_compilation_for_a_gpu_with_an_image_that_can_passes(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(_compilation(tag)) == {}


@pytest.mark.parametrize("tag", ["0.28.0-lmi10.0.0-cu124", "0.28.0"])
def test_another_method_than_awq_with_lmi_10_is_warned_of(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(quantization("fp8", image=f"{DJL}:{tag}")) == {
        "imageForAwqOnly": f"the technique of a quantization with djl-inference {tag} (LMI 10) must be awq, "
        "as far as is known, got 'fp8': give awq, or a newer image"
    }


@pytest.mark.parametrize(
    ("technique", "tag"),
    [
        ("awq", "0.28.0-lmi10.0.0-cu124"),
        (None, "0.28.0-lmi10.0.0-cu124"),
        ("fp8", "0.29.0-lmi11.0.0-cu124"),
        ("fp8", "0.28.0-tensorrtllm0.9.0-cu122"),
    ],
)
def test_awq_with_lmi_10_and_fp8_with_others_pass(
    attempts: Attempts, technique: str | None, tag: str
) -> None:
    assert attempts.warnings(quantization(technique, image=f"{DJL}:{tag}")) == {}


@pytest.mark.parametrize("tag", ["0.40.0-lmi22.0.0-cu130", "0.41.0-lmi23.0.0-cu130"])
def test_fp8_from_lmi_22_on_is_warned_of(attempts: Attempts, tag: str) -> None:
    assert attempts.warnings(quantization("fp8", image=f"{DJL}:{tag}")) == {
        "imageWithoutFp8": "the image of an fp8 quantization must be older than LMI 22, which no longer "
        f"lists what fp8 needs, as far as is known, got {tag!r}: give an older image, or leave image out"
    }


@pytest.mark.parametrize(
    ("technique", "tag"), [("fp8", "0.39.0-lmi21.0.0-cu130"), ("awq", "0.40.0-lmi22.0.0-cu130")]
)
def test_fp8_before_lmi_22_and_awq_pass(attempts: Attempts, technique: str, tag: str) -> None:
    assert attempts.warnings(quantization(technique, image=f"{DJL}:{tag}")) == {}


def test_a_version_is_read_beside_tokens_and_not_out_of_them(attempts: Attempts) -> None:
    stack = attempts.stack
    registry = f"{stack.account}.dkr.ecr.{stack.region}.{stack.url_suffix}/djl-inference"
    config = Config.sharding(tensor_parallel_degree=8, image=f"{registry}:0.36.0-lmi18.0.0-cu128")
    assert "imageWithoutSharding" in attempts.warnings(config)
    for tag in (token(stack, "Tag"), f"0.36.0-lmi18.0.0-{token(stack, 'Tag')}"):
        config = Config.sharding(tensor_parallel_degree=8, image=f"{registry}:{tag}")
        assert "imageWithoutSharding" not in attempts.warnings(config)


@pytest.mark.parametrize(
    "image",
    [
        None,
        "quantization-image-uri",
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:0.36.0",
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/not-djl-inference:0.36.0",
        f"{DJL}:latest",
        f"{DJL}:0.36.0@sha256:{'0' * 64}",
        f"{DJL}@sha256:{'0' * 64}",
    ],
)
def test_another_image_is_not_judged(image: str | None) -> None:
    assert ImageTag.of(image) is None


def test_a_copy_of_the_image_in_a_registry_of_yours_is_judged() -> None:
    tag = ImageTag.of(
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/mirror/djl-inference:0.36.0-lmi18.0.0-cu128"
    )
    assert tag == ImageTag("0.36.0-lmi18.0.0-cu128", (0, 36), "lmi", 18)
